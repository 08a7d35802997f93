{#- One row per resolved customer: who they are, what they have bought, what they allow. -#}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

customer_accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

account_names as (

    select * from {{ ref('int_account_names') }}

),

traits as (

    select * from {{ ref('int_customer_traits') }}

),

age_bands as (

    select * from {{ ref('age_bands') }}

),

orders as (

    select * from {{ ref('orders') }}

),

stores as (

    select * from {{ ref('stg_commerce__stores') }}

),

points as (

    select * from {{ ref('stg_members__points_ledger') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

-- 1. the accounts and guest identities of a customer
identities as (

    select
        customer_id,
        count(*) as account_count,
        min(case when account_kind = 'account' then 0 else 1 end) = 1 as is_guest_only,
        min(first_seen_at) as first_seen_at
    from customer_accounts
    group by customer_id

),

-- 2. what they bought
purchases as (

    select
        customer_id,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        count(*) as order_count,
        cast(sum(net_revenue) as decimal(18, 2)) as net_revenue
    from orders
    where customer_id is not null
    group by customer_id

),

-- 3. the region of the shop they use most stands in for an unknown home region
store_regions as (

    select
        orders.customer_id,
        stores.region,
        row_number() over (
            partition by orders.customer_id
            order by count(*) desc, stores.region asc
        ) as region_rank
    from orders
    inner join stores on orders.store_id = stores.store_id
    where orders.customer_id is not null and stores.region is not null
    group by orders.customer_id, stores.region

),

-- 4. loyalty points
point_totals as (

    select
        account_names.customer_id,
        sum(points.points) as points_balance,
        sum(case
            when
                points.entry_type = 'redeem'
                and {{ local_date('points.occurred_at') }} >= {{ add_days('reference_date.as_of', -365) }}
                then -points.points
            else 0
        end) as points_redeemed_365d
    from points
    inner join account_names
        on
            points.source_system = account_names.source_system
            and points.account_id = account_names.account_id
    cross join reference_date
    group by account_names.customer_id

),

joined as (

    select
        identities.*,
        traits.gender,
        floor(
            {{ months_between_dates('traits.birth_date', 'reference_date.as_of') }} / 12e0
        ) as age_years,
        traits.country,
        coalesce(traits.region, store_regions.region) as home_region,
        traits.region is null and store_regions.region is not null as is_home_region_imputed,
        traits.city,
        traits.occupation,
        traits.education,
        traits.income_band,
        traits.registration_channel,
        traits.preferred_contact_channel,
        traits.member_tier,
        purchases.first_ordered_at,
        purchases.last_ordered_at,
        coalesce(purchases.order_count, 0) as order_count,
        coalesce(purchases.net_revenue, 0) as net_revenue,
        coalesce(point_totals.points_balance, 0) as points_balance,
        coalesce(point_totals.points_redeemed_365d, 0) as points_redeemed_365d,
        consent.has_analytics_consent,
        consent.has_marketing_consent,
        consent.has_personalisation_consent,
        consent.has_third_party_consent
    from identities
    cross join reference_date
    left join traits on identities.customer_id = traits.customer_id
    left join purchases on identities.customer_id = purchases.customer_id
    left join store_regions
        on
            identities.customer_id = store_regions.customer_id
            and store_regions.region_rank = 1
    left join point_totals on identities.customer_id = point_totals.customer_id
    left join consent on identities.customer_id = consent.customer_id

),

final as (

    select
        -- key
        joined.customer_id,

        -- attributes
        joined.account_count,
        joined.is_guest_only,
        joined.country,
        joined.home_region,
        joined.is_home_region_imputed,
        joined.city,
        joined.gender,
        age_bands.age_band,
        joined.occupation,
        joined.education,
        joined.income_band,
        joined.member_tier,
        joined.registration_channel,
        joined.preferred_contact_channel,
        joined.has_analytics_consent,
        joined.has_marketing_consent,
        joined.has_personalisation_consent,
        joined.has_third_party_consent,

        -- measures
        joined.order_count,
        cast(joined.net_revenue as decimal(18, 2)) as net_revenue,
        cast(joined.points_balance as decimal(18, 4)) as points_balance,
        cast(joined.points_redeemed_365d as decimal(18, 4)) as points_redeemed_365d,

        -- times
        joined.first_seen_at,
        joined.first_ordered_at,
        joined.last_ordered_at
    from joined
    left join age_bands
        on
            joined.age_years >= age_bands.age_from
            and joined.age_years < age_bands.age_to

)

select * from final
