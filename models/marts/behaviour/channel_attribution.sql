{#- One row per goal, attribution model, channel and campaign: what it brought, and what it cost. -#}
with

credits as (

    select * from {{ ref('int_attribution_credits') }}

),

orders as (

    select * from {{ ref('orders') }}

),

goals as (

    select * from {{ ref('attribution_goals') }}

),

campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}

),

campaign_touches as (

    select * from {{ ref('stg_marketing__campaign_touches') }}

),

channel_map as (

    select * from {{ ref('channel_map') }}
    where context = 'campaign'

),

effects as (

    select * from {{ ref('int_markov_effects') }}

),

-- 1. which orders reach which goal
goal_orders as (

    select
        goals.goal,
        orders.order_id
    from goals
    inner join orders
        on
            (goals.channels is null or array_contains({{ split_text('cast(goals.channels as string)', '|') }}, orders.channel))
            and (goals.min_order_number is null or orders.customer_order_number >= cast(goals.min_order_number as bigint))
            and (goals.max_order_number is null or orders.customer_order_number <= cast(goals.max_order_number as bigint))

),

-- all models at once, then one row each
shared as (

    select
        goal_orders.goal,
        credits.channel,
        coalesce(credits.campaign_id, '(none)') as campaign_id,
        {%- for model in attribution_models() %}
        {{ stable_sum('credits.credit_' ~ model) }} as credit_{{ model }},
        cast(sum(credits.cents_{{ model }}) as bigint) as cents_{{ model }}{{ ',' if not loop.last }}
        {%- endfor %}
    from goal_orders
    inner join credits on goal_orders.order_id = credits.order_id
    group by goal_orders.goal, credits.channel, coalesce(credits.campaign_id, '(none)')

),

earned as (

    {%- for model in attribution_models() %}
    select
        goal,
        '{{ model }}' as model,
        channel,
        campaign_id,
        credit_{{ model }} as conversions,
        {{ cents_to_money('cents_' ~ model) }} as revenue
    from shared
    where credit_{{ model }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 2. money spent: a campaign's own cost, or that of its touches where it states none
campaign_costs as (

    select
        coalesce(channel_map.channel, campaigns.channel) as channel,
        campaigns.campaign_id,
        {{ to_base('campaigns.cost', 'campaigns.rate_to_base') }} as cost
    from campaigns
    left join channel_map on campaigns.channel = channel_map.source_word
    where campaigns.cost is not null

),

touch_costs as (

    select
        coalesce(channel_map.channel, campaign_touches.channel) as channel,
        coalesce(campaign_touches.campaign_id, '(none)') as campaign_id,
        {{ to_base('campaign_touches.cost', 'campaign_touches.rate_to_base') }} as cost
    from campaign_touches
    left join channel_map on campaign_touches.channel = channel_map.source_word
    anti join campaign_costs on campaign_touches.campaign_id = campaign_costs.campaign_id
    where campaign_touches.cost is not null

),

all_costs as (

    select * from campaign_costs
    union all
    select * from touch_costs

),

spent as (

    select
        channel,
        campaign_id,
        cast(sum(cost) as decimal(18, 2)) as cost
    from all_costs
    group by channel, campaign_id

),

models as (

    select model
    from earned
    group by model

),

spent_everywhere as (

    select
        goals.goal,
        models.model,
        spent.channel,
        spent.campaign_id,
        spent.cost
    from spent
    cross join goals
    cross join models

),

-- 3. both sides stay: orders that nothing touched, money that converted nobody
joined as (

    select
        coalesce(earned.goal, spent_everywhere.goal) as goal,
        coalesce(earned.model, spent_everywhere.model) as model,
        coalesce(earned.channel, spent_everywhere.channel) as channel,
        coalesce(earned.campaign_id, spent_everywhere.campaign_id) as campaign_id,
        coalesce(earned.conversions, 0e0) as conversions,
        coalesce(earned.revenue, 0) as revenue,
        coalesce(spent_everywhere.cost, 0) as cost
    from earned
    full outer join spent_everywhere
        on
            earned.goal = spent_everywhere.goal
            and earned.model = spent_everywhere.model
            and earned.channel = spent_everywhere.channel
            and earned.campaign_id = spent_everywhere.campaign_id

),

final as (

    select
        -- key
        joined.goal,
        joined.model,
        joined.channel,
        joined.campaign_id,

        -- attributes
        goals.label_en as goal_label_en,
        goals.label_zh as goal_label_zh,

        -- measures
        joined.conversions,
        cast(joined.revenue as decimal(18, 2)) as revenue,
        cast(joined.cost as decimal(18, 2)) as cost,
        {{ safe_divide('joined.revenue', 'joined.cost') }} as roas,
        {{ safe_divide('joined.cost', 'joined.conversions') }} as cost_per_conversion,
        {{ round_significant('effects.removal_effect') }} as removal_effect
    from joined
    inner join goals on joined.goal = goals.goal
    left join effects on joined.channel = effects.channel

)

select * from final
