{#- One row: the parameters of recommendation, from seed recommendation_rules. -#}
{{ config(materialized='view') }}
{%- set names = [
    'similarity_halflife_days', 'profile_halflife_days', 'items_per_customer', 'items_counted', 'training_pairs',
    'contributions', 'min_item_customers', 'min_co_customers', 'neighbours', 'neighbours_at_least',
    'shrinkage_customers', 'popularity_exponent', 'rebuy_prior_purchases', 'rebuy_overdue_halflives',
    'rebuy_least_chance', 'holdout_days', 'trial_customers', 'group_customers',
] -%}
with

rules as (

    select * from {{ ref('recommendation_rules') }}

),

final as (

    select
        {%- for name in names %}
        max(case when rule = '{{ name }}' then cast(value as double) end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rules

)

select * from final
