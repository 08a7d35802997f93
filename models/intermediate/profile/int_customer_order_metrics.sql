{#- One row per customer with an order: how they buy, in the profile window unless it says `ever`. -#}
{%- set window = var('profile_window_days') | int -%}
{%- set themes = ['gifting', 'family', 'health', 'eco', 'home'] -%}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

traits as (

    select * from {{ ref('int_product_traits') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. orders; the window flag keeps one pass over both spans
windowed_orders as (

    select
        orders.*,
        orders.ordered_on >= {{ add_days('reference_date.as_of', -window) }} as is_in_window
    from orders
    inner join population on orders.customer_id = population.customer_id
    cross join reference_date

),

order_totals as (

    select
        customer_id,
        count(*) as order_count,
        cast(sum(net_revenue) as decimal(18, 2)) as net_revenue,
        max(ordered_on) as last_ordered_on,
        count(case when is_in_window then 1 end) as window_order_count,
        cast(sum(case when is_in_window then net_revenue else 0 end) as decimal(18, 2)) as window_net_revenue,
        {{ safe_divide('sum(case when is_in_window then net_amount end)', 'count(case when is_in_window then 1 end)') }} as average_order_value,
        {{ safe_divide('sum(case when is_in_window then item_count end)', 'count(case when is_in_window and item_count is not null then 1 end)') }} as items_per_order,
        {{ safe_divide(
            'sum(case when is_in_window then coalesce(discount_amount, 0) end)',
            'sum(case when is_in_window then net_amount + coalesce(discount_amount, 0) end)'
        ) }} as discount_share,
        {{ safe_divide('count(case when is_in_window and discount_amount > 0 then 1 end)', 'count(case when is_in_window then 1 end)') }} as discounted_order_share,
        {{ safe_divide('count(case when is_in_window and coupon_code is not null then 1 end)', 'count(case when is_in_window then 1 end)') }} as coupon_order_share,
        {{ safe_divide("count(case when is_in_window and channel = 'store' then 1 end)", 'count(case when is_in_window then 1 end)') }} as store_order_share,
        {{ safe_divide('count(case when is_in_window and return_count > 0 then 1 end)', 'count(case when is_in_window then 1 end)') }} as return_rate,
        {{ safe_divide('sum(case when is_in_window then gross_margin end)', 'sum(case when is_in_window and gross_margin is not null then net_revenue end)') }} as margin_rate,
        cast(sum(case when is_in_window then gross_margin end) as decimal(18, 2)) as window_gross_margin,
        count(case when is_in_window and gross_margin is not null then 1 end) as margin_order_count,
        count(case when is_in_window and channel not in ('store', 'phone') then 1 end) as online_order_count
    from windowed_orders
    group by customer_id

),

-- 2. lines, with the product's earlier purchase by the same customer
lines_in_order as (

    select
        lines.customer_id,
        lines.order_id,
        lines.ordered_on,
        lines.ordered_on >= {{ add_days('reference_date.as_of', -window) }} as is_in_window,
        lines.category,
        lines.brand,
        traits.is_premium,
        traits.is_budget,
        {%- for theme in themes %}
        coalesce(traits.is_{{ theme }}, false) as is_{{ theme }},
        {%- endfor %}
        min(lines.ordered_on) over (partition by lines.customer_id) as first_ordered_on,
        lag(lines.ordered_on) over (
            partition by lines.customer_id, lines.product_id
            order by lines.ordered_at asc, lines.order_id asc, lines.line_number asc
        ) as previous_bought_on
    from lines
    inner join population on lines.customer_id = population.customer_id
    cross join reference_date
    left join traits on lines.product_id = traits.product_id
    where lines.product_id is not null

),

line_totals as (

    select
        customer_id,
        count(case when ordered_on > first_ordered_on then 1 end) as later_line_count,
        count(case when brand is not null then 1 end) as branded_line_count,
        {{ safe_divide(
            'count(case when ordered_on > first_ordered_on and ' ~ days_between('previous_bought_on', 'ordered_on') ~ ' between 1 and 90 then 1 end)',
            'count(case when ordered_on > first_ordered_on then 1 end)'
        ) }} as repeat_line_share,
        {{ safe_divide(
            'count(case when ordered_on > first_ordered_on and previous_bought_on is null then 1 end)',
            'count(case when ordered_on > first_ordered_on then 1 end)'
        ) }} as novel_line_share,
        count(is_premium) as priced_line_count,
        {{ safe_divide('count(case when is_premium then 1 end)', 'count(is_premium)') }} as premium_line_share,
        {{ safe_divide('count(case when is_budget then 1 end)', 'count(is_premium)') }} as budget_line_share,
        count(distinct category) as category_breadth
    from lines_in_order
    where is_in_window
    group by customer_id

),

brand_lines as (

    select
        customer_id,
        brand,
        count(*) as line_count
    from lines_in_order
    where is_in_window and brand is not null
    group by customer_id, brand

),

brand_totals as (

    select
        customer_id,
        count(*) as brand_breadth,
        max(line_count) as top_brand_line_count
    from brand_lines
    group by customer_id

),

-- 3. themes, by order
order_themes as (

    select
        customer_id,
        order_id,
        {%- for theme in themes %}
        max(case when is_{{ theme }} then 1 else 0 end) as has_{{ theme }}{{ ',' if not loop.last }}
        {%- endfor %}
    from lines_in_order
    where is_in_window
    group by customer_id, order_id

),

theme_totals as (

    select
        customer_id,
        count(*) as lined_order_count,
        {%- for theme in themes %}
        cast(sum(has_{{ theme }}) as double) / count(*) as {{ {'gifting': 'gift'}.get(theme, theme) }}_order_share{{ ',' if not loop.last }}
        {%- endfor %}
    from order_themes
    group by customer_id

),

final as (

    select
        order_totals.*,
        {{ days_between('order_totals.last_ordered_on', 'reference_date.as_of') }} as days_since_last_order,
        line_totals.later_line_count,
        line_totals.branded_line_count,
        line_totals.priced_line_count,
        line_totals.repeat_line_share,
        line_totals.novel_line_share,
        line_totals.premium_line_share,
        line_totals.budget_line_share,
        line_totals.category_breadth,
        brand_totals.brand_breadth,
        {{ safe_divide('brand_totals.top_brand_line_count', 'line_totals.branded_line_count') }} as top_brand_share,
        theme_totals.lined_order_count,
        theme_totals.gift_order_share,
        theme_totals.family_order_share,
        theme_totals.health_order_share,
        theme_totals.eco_order_share,
        theme_totals.home_order_share
    from order_totals
    cross join reference_date
    left join line_totals on order_totals.customer_id = line_totals.customer_id
    left join brand_totals on order_totals.customer_id = brand_totals.customer_id
    left join theme_totals on order_totals.customer_id = theme_totals.customer_id

)

select * from final
