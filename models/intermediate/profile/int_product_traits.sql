{#-
  One row per product sold: the third of its subcategory in which its price lies, and the themes
  (gifts, children, health …) whose words of seed product_themes its names contain.
-#}
{%- set themes = ['gifting', 'family', 'health', 'eco', 'home'] -%}
with

lines as (

    select * from {{ ref('order_lines') }}

),

products as (

    select * from {{ ref('products') }}

),

words as (

    select * from {{ ref('product_themes') }}

),

-- 1. list price, else what was paid on average
paid_prices as (

    select
        product_id,
        {{ safe_divide('sum(net_amount)', 'sum(quantity)') }} as paid_price
    from lines
    where product_id is not null and quantity > 0
    group by product_id

),

priced as (

    select
        products.product_id,
        products.category,
        products.subcategory,
        products.product_name,
        concat_ws(' / ', products.category, products.subcategory) as shelf,
        coalesce(cast(products.list_price as double), paid_prices.paid_price) as price
    from products
    left join paid_prices on products.product_id = paid_prices.product_id

),

-- 2. position within the shelf, where it has at least three products
ranked as (

    select
        *,
        rank() over (partition by shelf order by {{ round_significant('price') }}) as price_rank,
        count(price) over (partition by shelf) as shelf_size
    from priced
    where price > 0

),

-- 3. Latin words are found where a word begins (`eco` is not in Pinecone), Chinese ones anywhere
themes as (

    select
        priced.product_id,
        {%- for theme in themes %}
        max(case when words.theme = '{{ theme }}' then 1 else 0 end) = 1 as is_{{ theme }}{{ ',' if not loop.last }}
        {%- endfor %}
    from priced
    inner join words
        on
            {{ replace_regex("concat_ws(' ', '', lower(priced.category), lower(priced.subcategory), lower(priced.product_name))", '[^a-z0-9\u0080-\uffff]+', ' ') }}
            like case
                when {{ matches_regex('lower(words.word)', '^[a-z]') }} then concat('% ', lower(words.word), '%')
                else concat('%', words.word, '%')
            end
    group by priced.product_id

),

final as (

    select
        priced.product_id,
        case when ranked.shelf_size >= 3 then 3 * ranked.price_rank > 2 * ranked.shelf_size end as is_premium,
        case when ranked.shelf_size >= 3 then 3 * ranked.price_rank <= ranked.shelf_size end as is_budget,
        {%- for theme in themes %}
        coalesce(themes.is_{{ theme }}, false) as is_{{ theme }}{{ ',' if not loop.last }}
        {%- endfor %}
    from priced
    left join ranked on priced.product_id = ranked.product_id
    left join themes on priced.product_id = themes.product_id

)

select * from final
