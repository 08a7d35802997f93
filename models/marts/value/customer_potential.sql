{#- One row per customer with consent to analytics: what more there might be. -#}
with

customers as (

    select * from {{ ref('customers') }}
    where has_analytics_consent

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

clv as (

    select * from {{ ref('customer_clv') }}

),

rfm as (

    select * from {{ ref('customer_rfm') }}

),

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

category_potential as (

    select * from {{ ref('int_category_potential') }}

),

upgrade_rates as (

    select * from {{ ref('int_upgrade_rates') }}

),

influence as (

    select * from {{ ref('int_referral_influence') }}

),

web_events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

event_types as (

    select * from {{ ref('social_event_types') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

rules as (

    select * from {{ ref('value_rules') }}

),

limits as (

    select
        max(case when rule = 'opinion_leader_min_referred' then cast(value as double) end) as min_referred,
        max(case when rule = 'opinion_leader_top_share' then cast(value as double) end) as top_share
    from rules

),

-- 1. what they spent in the year before as_of
recent as (

    select
        orders.customer_id,
        cast(sum(orders.net_revenue) as decimal(18, 2)) as net_revenue_365d
    from orders
    cross join reference_date
    where orders.ordered_on >= {{ add_days('reference_date.as_of', -365) }}
    group by orders.customer_id

),

-- 2. shares and comments
social as (

    select
        accounts.customer_id,
        {{ stable_sum('cast(event_types.weight as double)') }} as social_events
    from web_events
    inner join event_types on web_events.event_type = event_types.event_type
    inner join accounts
        on
            web_events.source_system = accounts.source_system
            and web_events.account_id = accounts.account_id
    group by accounts.customer_id

),

joined as (

    select
        customers.customer_id,
        consent.has_personalisation_consent,
        consent.has_social_data_consent,
        case
            when clv.customer_id is not null
                then cast(clv.expected_revenue_365d - coalesce(recent.net_revenue_365d, 0) as decimal(18, 2))
        end as growth_potential,
        category_potential.cross_sell_category,
        category_potential.cross_sell_score,
        category_potential.up_sell_score,
        case
            when rfm.customer_id is null then null
            -- nothing above the highest score
            when rfm.monetary_score = 5 then 0e0
            else upgrade_rates.upgrade_rate
        end as upgrade_propensity,
        coalesce(influence.referred_customers, 0) as referred_customers,
        coalesce(influence.referred_by_referred, 0) as referred_by_referred,
        coalesce(influence.referred_revenue, 0) as referred_revenue,
        coalesce(influence.influence_value, 0) as influence_value,
        -- referrals are the shop's own records; what people share needs their consent
        coalesce(influence.referred_customers, 0)
            + case when consent.has_social_data_consent then coalesce(social.social_events, 0e0) else 0e0 end
            as social_reach
    from customers
    inner join consent on customers.customer_id = consent.customer_id
    left join clv on customers.customer_id = clv.customer_id
    left join rfm on customers.customer_id = rfm.customer_id
    left join recent on customers.customer_id = recent.customer_id
    left join category_potential on customers.customer_id = category_potential.customer_id
    left join influence on customers.customer_id = influence.customer_id
    left join social on customers.customer_id = social.customer_id
    left join upgrade_rates
        on
            rfm.recency_score = upgrade_rates.recency_score
            and rfm.frequency_score = upgrade_rates.frequency_score
            and rfm.monetary_score = upgrade_rates.monetary_score

),

ranked as (

    select
        joined.*,
        (rank() over (order by joined.social_reach desc) - 1) / cast(count(*) over () as double) as reach_rank_share
    from joined

),

final as (

    select
        -- key
        ranked.customer_id,

        -- value
        ranked.growth_potential,
        case when ranked.has_personalisation_consent then ranked.cross_sell_category end as cross_sell_category,
        case when ranked.has_personalisation_consent then ranked.cross_sell_score end as cross_sell_score,
        ranked.up_sell_score,
        case when ranked.has_personalisation_consent then ranked.upgrade_propensity end as upgrade_propensity,

        -- influence
        ranked.referred_customers,
        ranked.referred_by_referred,
        cast(ranked.referred_revenue as decimal(18, 2)) as referred_revenue,
        cast(ranked.influence_value as decimal(18, 2)) as influence_value,
        ranked.social_reach,
        ranked.referred_customers >= limits.min_referred
        and ranked.reach_rank_share < limits.top_share as is_opinion_leader
    from ranked
    cross join limits

)

select * from final
