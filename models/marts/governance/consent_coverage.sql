{#-
  One row per purpose and region: how many customers allow it. Regions with fewer customers than
  var k_anonymity are folded into `(small)`.
-#}
{%- set purposes = ['analytics', 'marketing', 'personalisation', 'social_data', 'external_data', 'third_party'] -%}
with

consents as (

    select * from {{ ref('int_consent_current') }}

),

customers as (

    select * from {{ ref('customers') }}

),

by_region as (

    {%- for purpose in purposes %}

    select
        '{{ purpose }}' as purpose,
        coalesce(customers.home_region, '(unknown)') as region,
        count(*) as customer_count,
        sum(case when consents.has_{{ purpose }}_consent then 1 else 0 end) as granted_count,
        sum(case when consents.is_{{ purpose }}_unreadable then 1 else 0 end) as unreadable_count
    from customers
    inner join consents on customers.customer_id = consents.customer_id
    group by coalesce(customers.home_region, '(unknown)')
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

folded as (

    {{ fold_small_cells(
        relation='by_region', within=['purpose'], cell=['region'],
        people='customer_count', sums=['customer_count', 'granted_count', 'unreadable_count']
    ) }}

),

final as (

    select
        -- key
        purpose,
        region,

        -- measures
        cast(customer_count as bigint) as customers,
        cast(granted_count as bigint) as granted,
        {{ safe_divide('granted_count', 'customer_count') }} as share,
        cast(unreadable_count as bigint) as unreadable
    from folded

)

select * from final
