{#- One row per customer with an interaction besides buying: on how many days, and of how many kinds. -#}
{%- set window_days = var('rfm_window_days') | int -%}
with

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

{% if window_days > 0 -%}
reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

{% endif -%}
final as (

    select
        accounts.customer_id,
        count(distinct activity_days.activity_on) as active_days,
        count(distinct activity_days.activity_kind) as activity_kinds
    from activity_days
    inner join accounts on activity_days.account_key = accounts.account_key
    {%- if window_days > 0 %}
    cross join reference_date
    where activity_days.activity_on >= {{ add_days('reference_date.as_of', -window_days) }}
    {%- endif %}
    group by accounts.customer_id

)

select * from final
