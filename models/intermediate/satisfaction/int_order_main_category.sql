{#- One row per order with a known category: the category with the most money, ties by name. -#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

by_category as (

    select
        order_id,
        category,
        sum(net_amount) as net_amount
    from lines
    where category is not null
    group by order_id, category

),

ranked as (

    select
        order_id,
        category,
        row_number() over (partition by order_id order by net_amount desc, category asc) as size_rank
    from by_category

),

final as (

    select
        order_id,
        category
    from ranked
    where size_rank = 1

)

select * from final
