{#- One row per local day, from the first of January of the year of the first order to half a year after the reference date: the time axis of metrics. -#}
with

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- a shop without an order still has a reference date
bounds as (

    select
        reference_date.as_of,
        min(orders.ordered_on) as first_ordered_on
    from reference_date
    left join orders on true
    group by reference_date.as_of

),

spans as (

    select
        {{ date_trunc_to('year', 'coalesce(first_ordered_on, as_of)') }} as first_day,
        {{ add_days('as_of', 26 * 7) }} as last_day
    from bounds

),

final as (

    select day_list.day as date_day
    from spans
    {{ explode_array(date_array('spans.first_day', 'spans.last_day'), 'day_list', 'day') }}

)

select * from final
