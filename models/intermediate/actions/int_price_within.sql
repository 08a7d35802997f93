{#-
  One row per category, item and week: logarithms of units and price less the means of their item and of their week within
  the category. One step takes out the one and then the other, until neither has a mean left: what remains is what a
  regression with a dummy for each item and each week works with.
-#}
{{ config(
    materialized='iterate',
    init_model='int_price_within_start',
    metric_sql='select max(abs(n.log_price - p.log_price) + abs(n.log_units - p.log_units))
        from {next} as n inner join {prev} as p
            on n.category = p.category and n.item = p.item and n.week_no = p.week_no',
    tolerance=1e-11,
    max_iterations=500,
    on_max='warn'
) }}
with

previous as (

    select * from {{ ref('int_price_within_start') }}

),

less_item as (

    select
        category,
        item,
        week_no,
        log_units - avg(log_units) over (partition by category, item) as log_units,
        log_price - avg(log_price) over (partition by category, item) as log_price
    from previous

),

final as (

    select
        -- key
        category,
        item,
        week_no,

        -- logarithms
        log_units - avg(log_units) over (partition by category, week_no) as log_units,
        log_price - avg(log_price) over (partition by category, week_no) as log_price
    from less_item

)

select * from final
