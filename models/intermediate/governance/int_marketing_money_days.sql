{#-
  One row per marketing channel that money was spent on, day before the reference date and attribution model
  (`(spend)`: the money spent): what orders of the day credit it with. A campaign's own cost is spread evenly over its
  days, and lies on its first one where it has no last; touches of campaigns that state no cost bring their own. Adds
  up to channel_attribution, campaigns without a first day and costs to come aside.
-#}
with

campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}
    where cost is not null

),

campaign_touches as (

    select * from {{ ref('stg_marketing__campaign_touches') }}
    where cost is not null

),

channel_map as (

    select * from {{ ref('channel_map') }}
    where context = 'campaign'

),

attributed as (

    select * from {{ ref('attributed_orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

lasting as (

    select
        coalesce(channel_map.channel, campaigns.channel) as channel,
        cast({{ to_base('campaigns.cost', 'campaigns.rate_to_base') }} as double) as cost,
        campaigns.start_date as first_day,
        greatest(campaigns.start_date, coalesce(campaigns.end_date, campaigns.start_date)) as last_day
    from campaigns
    left join channel_map on campaigns.channel = channel_map.source_word
    where campaigns.start_date is not null

),

spread as (

    select
        lasting.channel,
        days.spent_on,
        lasting.cost / ({{ days_between('lasting.first_day', 'lasting.last_day') }} + 1) as cost
    from lasting
    {{ explode_array(date_array('lasting.first_day', 'lasting.last_day'), 'days', 'spent_on') }}

),

touched as (

    select
        coalesce(channel_map.channel, campaign_touches.channel) as channel,
        {{ local_date('campaign_touches.occurred_at') }} as spent_on,
        cast({{ to_base('campaign_touches.cost', 'campaign_touches.rate_to_base') }} as double) as cost
    from campaign_touches
    left join channel_map on campaign_touches.channel = channel_map.source_word
    anti join campaigns on campaign_touches.campaign_id = campaigns.campaign_id

),

spent as (

    select * from spread
    union all
    select * from touched

),

spend as (

    select
        spent.channel,
        spent.spent_on,
        {{ stable_sum('spent.cost') }} as cost
    from spent
    cross join reference_date
    where spent.spent_on < reference_date.as_of
    group by spent.channel, spent.spent_on

),

paid_channels as (

    select channel
    from spend
    where cost > 0
    group by channel

),

final as (

    select
        -- key
        '(spend)' as model,
        channel,
        spent_on as happened_on,

        -- money
        0e0 as revenue,
        cost
    from spend

    union all

    select
        attributed.model,
        attributed.channel,
        attributed.ordered_on as happened_on,
        cast(sum(attributed.attributed_revenue) as double) as revenue,
        0e0 as cost
    from attributed
    inner join paid_channels on attributed.channel = paid_channels.channel
    group by attributed.model, attributed.channel, attributed.ordered_on

)

select * from final
