{#- One row per store of the master data, and per store that is only known from orders. -#}
with

stores as (

    select * from {{ ref('stg_commerce__stores') }}

),

orders as (

    select * from {{ ref('int_orders_identified') }}

),

used as (

    select
        store_id,
        count(*) as order_count
    from orders
    where store_id is not null
    group by store_id

),

all_stores as (

    select store_id from stores
    union
    select store_id from used

),

final as (

    select
        -- key
        all_stores.store_id,

        -- attributes
        stores.store_name,
        stores.region,
        stores.city,
        stores.format,
        stores.store_id is not null as is_in_master_data,
        stores.opened_on,

        -- measures
        coalesce(used.order_count, 0) as order_count
    from all_stores
    left join stores on all_stores.store_id = stores.store_id
    left join used on all_stores.store_id = used.store_id

)

select * from final
