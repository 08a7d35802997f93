{#- One row: the parameters of the daily forecast, from seed demand_rules. -#}
{{ config(materialized='view') }}
{%- set names = [
    'daily_weeks', 'daily_least_weeks', 'daily_recent_weeks', 'daily_least_units', 'daily_least_selling_share',
    'daily_prior_units', 'daily_event_prior_days',
] -%}
with

rules as (

    select * from {{ ref('demand_rules') }}

),

final as (

    select
        {%- for name in names %}
        max(case when rule = '{{ name }}' then cast(value as double) end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rules

)

select * from final
