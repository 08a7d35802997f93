{#-
  Guards the return on spend of objectives: spend by day adds up to the spend of channel_attribution, less what
  campaigns cost on days that have not come or whose first day is unknown; revenue is that of channels with spend.
-#}
{{ config(group='governance') }}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

whole_campaigns as (

    select {{ to_base('campaigns.cost', 'campaigns.rate_to_base') }} as not_placed
    from {{ ref('stg_marketing__campaigns') }} as campaigns
    cross join reference_date
    where
        campaigns.start_date is null
        or greatest(campaigns.start_date, coalesce(campaigns.end_date, campaigns.start_date)) >= reference_date.as_of

),

placed as (

    select
        sum(case when model = '(spend)' then cost else 0e0 end) as cost,
        sum(case when model = 'linear' then revenue else 0e0 end) as revenue
    from {{ ref('int_marketing_money_days') }}

),

published as (

    select
        cast(sum(cost) as double) as cost,
        sum(case when cost > 0 then cast(revenue as double) else 0e0 end) as paid_revenue,
        cast(sum(revenue) as double) as revenue
    from {{ ref('channel_attribution') }}
    where goal = 'order' and model = 'linear'

),

bounds as (

    select coalesce(cast(sum(not_placed) as double), 0e0) as not_placed
    from whole_campaigns

)

select
    placed.cost,
    placed.revenue,
    published.cost as published_cost,
    bounds.not_placed
from placed
cross join published
cross join bounds
where
    -- half a cent a campaign and day is rounding
    placed.cost > published.cost + 0.01e0
    or placed.cost < published.cost - bounds.not_placed - 0.01e0
    or placed.revenue > published.revenue + 0.01e0
    or placed.revenue < published.paid_revenue - 0.01e0
