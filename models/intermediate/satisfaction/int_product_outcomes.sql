{#- One row per product that was sold: its orders, and how many of them were complained about, returned or rated. -#}
{{ config(materialized='view') }}
with

lines as (

    select * from {{ ref('order_lines') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

returns as (

    select * from {{ ref('order_returns') }}

),

-- 1. orders with the product
product_orders as (

    select
        order_id,
        product_id,
        sum(quantity) as units,
        sum(returned_quantity) as returned_units
    from lines
    where product_id is not null
    group by order_id, product_id

),

-- 2. what became of orders
complained_orders as (

    select order_id
    from tickets
    where is_complaint and order_id is not null
    group by order_id

),

returned_lines as (

    select
        order_id,
        product_id
    from returns
    where product_id is not null
    group by order_id, product_id

),

returned_orders as (

    select order_id
    from returns
    where product_id is null
    group by order_id

),

nps_answers as (

    select
        order_id,
        avg(score) as nps_score
    from answers
    where metric = 'nps' and order_id is not null
    group by order_id

),

final as (

    select
        -- key
        product_orders.product_id,

        -- measures
        count(*) as orders,
        cast(sum(product_orders.units) as double) as units,
        cast(sum(product_orders.returned_units) as double) as returned_units,
        count(complained_orders.order_id) as complained_orders,
        count(coalesce(returned_lines.order_id, returned_orders.order_id)) as returned_orders,
        count(nps_answers.nps_score) as nps_responses,
        avg(nps_answers.nps_score) as nps_mean_score
    from product_orders
    left join complained_orders on product_orders.order_id = complained_orders.order_id
    left join returned_lines
        on
            product_orders.order_id = returned_lines.order_id
            and product_orders.product_id = returned_lines.product_id
    left join returned_orders on product_orders.order_id = returned_orders.order_id
    left join nps_answers on product_orders.order_id = nps_answers.order_id
    group by product_orders.product_id

)

select * from final
