{#-
  One row per category, item and week with sales that prices can be read from: units and price index. An item is a
  product, or a subcategory where fewer than five products of the category are sold regularly. Only whole weeks.
-#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

rules as (

    select
        {%- for rule in ['min_week_share', 'min_weekly_units', 'min_weeks', 'min_items'] %}
        max(case when rule = '{{ rule }}' then value end) as {{ rule }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('price_rules') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

sold as (

    select
        category,
        coalesce(subcategory, '(none)') as subcategory,
        product_id,
        ordered_on,
        {{ week_number('ordered_on') }} as week_no,
        cast(quantity as double) as units,
        cast(net_amount as double) as paid
    from lines
    where
        not is_balancing_line
        and category is not null
        and product_id is not null
        and quantity > 0
        and net_amount > 0

),

bounds as (

    select
        min(ordered_on) as first_day,
        {{ week_number('min(ordered_on)') }} as first_week_no
    from sold

),

-- 1. a price is compared with the usual one of the product, so that the mix of products does not move it
usual as (

    select
        category,
        product_id,
        {{ stable_sum('paid') }} / {{ stable_sum('units') }} as usual_price
    from sold
    group by category, product_id

),

by_product_week as (

    select
        sold.category,
        sold.subcategory,
        sold.product_id,
        sold.week_no,
        {{ stable_sum('sold.units') }} as units,
        {{ stable_sum('sold.paid') }} as paid,
        {{ stable_sum('sold.units * usual.usual_price') }} as usually_paid
    from sold
    inner join usual on sold.category = usual.category and sold.product_id = usual.product_id
    cross join bounds
    cross join reference_date
    where
        sold.week_no < {{ week_number('reference_date.as_of') }}
        and (sold.week_no > bounds.first_week_no or bounds.first_day = {{ week_monday('bounds.first_week_no') }})
    group by sold.category, sold.subcategory, sold.product_id, sold.week_no

),

by_item_week as (

    {%- for level, column in [('product', 'product_id'), ('subcategory', 'subcategory')] %}
    select
        '{{ level }}' as item_level,
        category,
        {{ column }} as item,
        week_no,
        {{ stable_sum('units') }} as units,
        {{ stable_sum('paid') }} as paid,
        {{ stable_sum('usually_paid') }} as usually_paid
    from by_product_week
    group by category, {{ column }}, week_no
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 2. items that are sold nearly every week: a week without a sale has no price, and leaving it out would bend the result
regular as (

    select
        by_item_week.item_level,
        by_item_week.category,
        by_item_week.item
    from by_item_week
    cross join rules
    group by
        by_item_week.item_level, by_item_week.category, by_item_week.item,
        rules.min_weeks, rules.min_week_share, rules.min_weekly_units
    having
        max(by_item_week.week_no) - min(by_item_week.week_no) + 1 >= rules.min_weeks
        and count(*) >= rules.min_week_share * (max(by_item_week.week_no) - min(by_item_week.week_no) + 1)
        and avg(by_item_week.units) >= rules.min_weekly_units

),

levels as (

    select
        regular.category,
        regular.item_level,
        count(*) as items
    from regular
    cross join rules
    group by regular.category, regular.item_level, rules.min_items
    -- an item alone moves with its week, and nothing is left to learn from
    having count(*) >= case regular.item_level when 'product' then rules.min_items else 2 end

),

chosen as (

    select
        category,
        min(item_level) as item_level
    from levels
    group by category

),

final as (

    select
        -- key
        by_item_week.category,
        by_item_week.item,
        by_item_week.week_no,

        -- level
        by_item_week.item_level,

        -- measures
        by_item_week.units,
        by_item_week.paid / by_item_week.usually_paid as price_index
    from by_item_week
    inner join chosen
        on
            by_item_week.category = chosen.category
            and by_item_week.item_level = chosen.item_level
    inner join regular
        on
            by_item_week.category = regular.category
            and by_item_week.item_level = regular.item_level
            and by_item_week.item = regular.item

)

select * from final
