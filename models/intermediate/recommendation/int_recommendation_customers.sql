{#-
  One row per customer with consent to analytics, numbered: who may teach, and who may also receive
  (consent to personalisation).
-#}
with

customers as (

    select * from {{ ref('customers') }}

),

age_bands as (

    select * from {{ ref('age_bands') }}

),

exclusions as (

    select * from {{ ref('recommendation_exclusions') }}

),

age_rules as (

    select
        max(case when reason = 'not_for_minors' then cast(threshold as int) end) as adult_from,
        count(case when reason = 'not_for_age_unknown' then 1 end) > 0 as is_unknown_a_minor
    from exclusions
    where is_active and reason in ('not_for_minors', 'not_for_age_unknown')

),

final as (

    select
        -- key
        cast(row_number() over (order by customers.customer_id) as int) as customer_number,
        customers.customer_id,

        -- attributes
        customers.home_region,
        customers.age_band,
        customers.order_count > 0 as has_ordered,
        customers.has_personalisation_consent as is_receiver,
        coalesce(
            age_bands.age_to < age_rules.adult_from,
            customers.age_band is null and age_rules.is_unknown_a_minor
        ) as is_minor
    from customers
    cross join age_rules
    left join age_bands on customers.age_band = age_bands.age_band
    where customers.has_analytics_consent

)

select * from final
