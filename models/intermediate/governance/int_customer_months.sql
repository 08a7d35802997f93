{#- One row per customer and month after one with an order of theirs, as far as it has begun: whether they ordered again in it. -#}
with

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

active_months as (

    select
        customer_id,
        {{ date_trunc_to('month', 'ordered_on') }} as month
    from orders
    where customer_id is not null
    group by customer_id, {{ date_trunc_to('month', 'ordered_on') }}

),

final as (

    select
        -- key
        earlier.customer_id,
        {{ add_months_to('earlier.month', 1) }} as month,

        -- attributes
        active_months.customer_id is not null as is_retained
    from active_months as earlier
    cross join reference_date
    left join active_months
        on
            earlier.customer_id = active_months.customer_id
            and active_months.month = {{ add_months_to('earlier.month', 1) }}
    where {{ add_months_to('earlier.month', 1) }} < reference_date.as_of

)

select * from final
