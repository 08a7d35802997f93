{#- One row per order with a payment: the method that paid most, and how many methods took part. -#}
with

payments as (

    select * from {{ ref('stg_commerce__payments') }}

),

-- money that did not arrive does not choose the method
by_method as (

    select
        order_id,
        method,
        sum({{ to_base('amount') }}) as paid_amount
    from payments
    where coalesce(status, 'captured') = 'captured'
    group by order_id, method

),

ranked as (

    select
        *,
        row_number() over (
            partition by order_id
            order by paid_amount desc, method asc
        ) as method_rank
    from by_method

),

final as (

    select
        order_id,
        max(case when method_rank = 1 then method end) as payment_method,
        count(*) as payment_method_count,
        cast(sum(paid_amount) as decimal(18, 2)) as paid_amount
    from ranked
    group by order_id

)

select * from final
