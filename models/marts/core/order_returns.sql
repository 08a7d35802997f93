{#- One row per return of an order that is not cancelled. -#}
with

returns as (

    select * from {{ ref('int_returns_valued') }}

),

orders as (

    select * from {{ ref('int_orders_identified') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

final as (

    select
        -- key
        returns.return_id,

        -- attributes
        returns.order_id,
        returns.line_number,
        accounts.customer_id,
        returns.product_id,
        returns.return_type,
        returns.reason,

        -- measures
        returns.quantity,
        returns.refund_amount,

        -- times
        returns.returned_at,
        returns.returned_on
    from returns
    inner join orders on returns.order_id = orders.order_id
    left join accounts on orders.account_key = accounts.account_key

)

select * from final
