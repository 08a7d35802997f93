{#- One row per customer with an interaction besides buying: on how many days, and of how many kinds. -#}
with

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

final as (

    select
        accounts.customer_id,
        count(distinct activity_days.activity_on) as active_days,
        count(distinct activity_days.activity_kind) as activity_kinds
    from activity_days
    inner join accounts on activity_days.account_key = accounts.account_key
    {%- if var('rfm_window_days') | int > 0 %}
    cross join reference_date
    where activity_days.activity_on >= {{ add_days('reference_date.as_of', -(var('rfm_window_days') | int)) }}
    {%- endif %}
    group by accounts.customer_id

)

select * from final
