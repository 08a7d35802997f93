{#- One row per item type, item and neighbour that the same customers buy (read, use), the closest first. -#}
with

similarities as (

    select * from {{ ref('int_recommendation_similarities') }}
    where fit = 1

),

items as (

    select * from {{ ref('int_recommendation_items') }}

),

final as (

    select
        -- key
        similarities.item_type,
        item.item,
        neighbour.item as neighbour,

        -- attributes
        item.item_label,
        neighbour.item_label as neighbour_label,
        item.category as item_category,
        neighbour.category as neighbour_category,

        -- measures
        similarities.similarity,
        similarities.co_customers,
        similarities.item_customers,
        similarities.neighbour_customers,
        similarities.all_customers,
        {{ safe_divide('similarities.co_customers', 'similarities.item_customers') }} as confidence_share,
        {{ wilson_low('similarities.co_customers', 'similarities.item_customers') }} as confidence_share_low,
        {{ wilson_high('similarities.co_customers', 'similarities.item_customers') }} as confidence_share_high,
        {{ round_significant(safe_divide(
            'cast(similarities.co_customers as double) * similarities.all_customers',
            'cast(similarities.item_customers as double) * similarities.neighbour_customers'
        )) }} as lift,
        similarities.neighbour_rank as rank
    from similarities
    inner join items as item on similarities.item_number = item.item_number
    inner join items as neighbour on similarities.neighbour_number = neighbour.item_number

)

select * from final
