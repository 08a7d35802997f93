{#- One row per product of the master data, and per product that is only known from order lines. -#}
with

products as (

    select * from {{ ref('stg_commerce__products') }}

),

lines as (

    select * from {{ ref('int_order_lines_balanced') }}

),

sold as (

    select
        product_id,
        count(*) as line_count
    from lines
    where product_id is not null
    group by product_id

),

all_products as (

    select product_id from products
    union
    select product_id from sold

),

final as (

    select
        -- key
        all_products.product_id,

        -- attributes
        products.product_name,
        products.category,
        products.subcategory,
        products.brand,
        products.product_id is not null as is_in_master_data,
        products.launched_on,

        -- measures
        cast(products.list_price as decimal(18, 2)) as list_price,
        cast(products.unit_cost as decimal(18, 2)) as unit_cost,
        coalesce(sold.line_count, 0) as order_line_count
    from all_products
    left join products on all_products.product_id = products.product_id
    left join sold on all_products.product_id = sold.product_id

)

select * from final
