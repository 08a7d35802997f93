{#- One row per category, item and week: logarithms of units and price, where int_price_within begins. -#}
with

weeks as (

    select * from {{ ref('int_price_weeks') }}

),

final as (

    select
        -- key
        category,
        item,
        week_no,

        -- logarithms
        {{ safe_ln('units') }} as log_units,
        {{ safe_ln('price_index') }} as log_price
    from weeks

)

select * from final
