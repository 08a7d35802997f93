{#- One row: the reference date of the build. Var `as_of`, or the local day after the newest order that stands and is not cancelled. -#}
{%- set as_of_is_set = var('as_of') | string | trim != '' -%}
with

orders as (

    select * from {{ ref('base_commerce__order_traces') }}

),

-- where every order is cancelled the newest order of any status has to serve
newest as (

    select
        max(case when status != 'cancelled' then ordered_at end) as newest_order_at,
        max(ordered_at) as newest_any_order_at
    from orders

),

reference_date as (

    select
        {%- if as_of_is_set %}
        cast('{{ var("as_of") }}' as date) as as_of
        {%- else %}
        coalesce(
            {{ add_days(local_date('coalesce(newest_order_at, newest_any_order_at)'), 1) }},
            date '1970-01-01'
        ) as as_of
        {%- endif %}
    from newest

),

final as (

    select
        as_of,
        {{ local_midnight('as_of') }} as as_of_at
    from reference_date

)

select * from final
