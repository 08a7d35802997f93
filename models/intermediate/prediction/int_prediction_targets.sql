{#- One row per target that is predicted: those of the seed, with one for each category that carries the business. -#}
with

targets as (

    select * from {{ ref('prediction_targets') }}

),

categories as (

    select * from {{ ref('int_prediction_categories') }}
    where slot is not null

),

expanded as (

    select
        case
            when targets.target_kind = 'category' then concat('category:', categories.category)
            else targets.target
        end as target,
        targets.target_kind,
        categories.slot as category_slot,
        cast(targets.horizon_days as int) as horizon_days,
        cast(targets.rhythm_multiple as double) as rhythm_multiple,
        cast(targets.min_positives as bigint) as min_positives,
        replace(targets.label_en, '{category}', coalesce(categories.category, '')) as label_en,
        replace(targets.label_zh, '{category}', coalesce(categories.category, '')) as label_zh
    from targets
    left join categories on targets.target_kind = 'category'

),

final as (

    select
        cast(row_number() over (order by target) as int) as fit_no,
        *
    from expanded
    -- a shop without lines has no categories
    where target_kind != 'category' or category_slot is not null

)

select * from final
