{#-
  One row per item that can be recommended, numbered: products (or what var recommendation_product_level
  names), contents, plans and features, with what excludes them.
-#}
with

products as (

    select
        *,
        {{ recommendation_product('products') }} as item
    from {{ ref('products') }} as products

),

lines as (

    select
        *,
        {{ recommendation_product('order_lines') }} as item
    from {{ ref('order_lines') }} as order_lines

),

touches as (

    select * from {{ ref('int_recommendation_touches') }}
    where kind in ('content', 'service')

),

subscriptions as (

    select * from {{ ref('stg_commerce__subscriptions') }}

),

flags as (

    select * from {{ ref('recommendation_item_flags') }}

),

exclusions as (

    select * from {{ ref('recommendation_exclusions') }}
    where is_active

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. everything there is, with the words that flags look for
sales as (

    select
        item,
        max(ordered_on) as last_sold_on
    from lines
    where item is not null
    group by item

),

all_items as (

    select
        'product' as item_type,
        item,
        {{ "coalesce(min(product_name), item)" if var('recommendation_product_level') == 'product' else 'item' }} as item_label,
        min(category) as category,
        concat_ws(' ', '', lower(min(category)), lower(min(subcategory)), lower(min(product_name)), '') as words
    from products
    where item is not null
    group by item
    union all
    select
        kind as item_type,
        thing as item,
        {{ replace_regex('thing', '^(feature|plan):', '') }} as item_label,
        min(shelf) as category,
        concat(' ', lower(thing), ' ') as words
    from touches
    group by kind, thing

),

-- 2. Latin words are whole words (`ale` is not in sale), Chinese ones stand anywhere
flagged as (

    select
        all_items.item_type,
        all_items.item,
        max(case when flags.flag = 'adults_only' then 1 else 0 end) = 1 as is_adults_only,
        max(case when flags.flag = 'out_of_stock' then 1 else 0 end) = 1 as is_out_of_stock
    from all_items
    inner join flags
        on
            flags.item_type in (all_items.item_type, 'all')
            and (
                (flags.match_on = 'item' and all_items.item = flags.value)
                or (
                    flags.match_on = 'word'
                    and {{ replace_regex('all_items.words', '[^a-z0-9\u0080-\uffff]+', ' ') }}
                    like case
                        when {{ matches_regex('lower(flags.value)', '^[a-z0-9]') }} then concat('% ', lower(flags.value), ' %')
                        else concat('%', flags.value, '%')
                    end
                )
            )
    group by all_items.item_type, all_items.item

),

-- 3. of plans: which is above which
plan_ranks as (

    select
        concat('plan:', plan) as item,
        max(plan_rank) as plan_rank
    from subscriptions
    group by plan

),

limits as (

    select
        max(case when reason = 'unsold' then cast(threshold as int) end) as unsold_days,
        count(case when reason = 'listed_out_of_stock' then 1 end) > 0 as is_stock_list_used,
        count(case when reason in ('not_for_minors', 'not_for_age_unknown') then 1 end) > 0 as is_age_list_used
    from exclusions

),

final as (

    select
        -- key
        cast(row_number() over (order by all_items.item_type, all_items.item) as int) as item_number,
        all_items.item_type,
        all_items.item,

        -- attributes
        all_items.item_label,
        all_items.category,
        plan_ranks.plan_rank,
        coalesce(flagged.is_adults_only, false) and limits.is_age_list_used as is_adults_only,
        case
            when coalesce(flagged.is_out_of_stock, false) and limits.is_stock_list_used then 'listed_out_of_stock'
            -- what was never sold is new, and is recommended by nobody's history anyway
            when {{ days_between('sales.last_sold_on', 'reference_date.as_of') }} > limits.unsold_days then 'unsold'
        end as exclusion
    from all_items
    cross join limits
    cross join reference_date
    left join sales on all_items.item = sales.item and all_items.item_type = 'product'
    left join plan_ranks on all_items.item = plan_ranks.item and all_items.item_type = 'service'
    left join flagged on all_items.item_type = flagged.item_type and all_items.item = flagged.item

)

select * from final
