{#-
  One row per customer with an order and with consent to analytics: the category they are most likely
  to add, and how far the price level they choose lies under what customers like them spend.
-#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

rules as (

    select * from {{ ref('value_rules') }}

),

limits as (

    select max(case when rule = 'cross_sell_min_customers' then cast(value as double) end) as min_customers
    from rules

),

eligible_lines as (

    select
        lines.*,
        {{ safe_divide('lines.net_amount', 'lines.quantity') }} as unit_price
    from lines
    inner join consent on lines.customer_id = consent.customer_id
    where consent.has_analytics_consent and not lines.is_balancing_line

),

-- 1. cross-sell: of those who bought what the customer bought, the share who bought the other category too
bought as (

    select
        customer_id,
        category
    from eligible_lines
    where category is not null
    group by customer_id, category

),

category_sizes as (

    select
        category,
        count(*) as customers
    from bought
    group by category

),

pairs as (

    select
        owned.category as owned_category,
        other.category as other_category,
        count(*) as customers
    from bought as owned
    inner join bought as other
        on
            owned.customer_id = other.customer_id
            and owned.category != other.category
    group by owned.category, other.category

),

everybody as (

    select count(distinct customer_id) as customers
    from bought

),

likelihoods as (

    select
        pairs.owned_category,
        pairs.other_category,
        -- drawn to what everybody does: a pair seen in three baskets proves little
        (pairs.customers + 10e0 * other_size.customers / cast(everybody.customers as double))
            / (owned_size.customers + 10e0) as likelihood
    from pairs
    inner join category_sizes as owned_size on pairs.owned_category = owned_size.category
    inner join category_sizes as other_size on pairs.other_category = other_size.category
    cross join everybody
    cross join limits
    where other_size.customers >= limits.min_customers

),

offers as (

    select
        bought.customer_id,
        likelihoods.other_category as category,
        max({{ round_significant('likelihoods.likelihood', 6) }}) as likelihood
    from bought
    inner join likelihoods on bought.category = likelihoods.owned_category
    left join bought as already
        on
            bought.customer_id = already.customer_id
            and likelihoods.other_category = already.category
    where already.customer_id is null
    group by bought.customer_id, likelihoods.other_category

),

ranked_offers as (

    select
        *,
        row_number() over (
            partition by customer_id order by likelihood desc, category asc
        ) as offer_rank
    from offers

),

-- 2. up-sell: price level within each category (0 cheapest, 1 dearest), against the means to spend
price_levels as (

    select
        customer_id,
        percent_rank() over (partition by category order by {{ round_significant('unit_price', 6) }}) as price_level
    from eligible_lines
    where category is not null and unit_price is not null

),

customer_levels as (

    select
        customer_id,
        {{ stable_avg('price_level') }} as price_level
    from price_levels
    group by customer_id

),

spend as (

    select
        customer_id,
        cast(sum(net_revenue) as double) as net_revenue
    from eligible_lines
    group by customer_id

),

spend_levels as (

    select
        customer_id,
        percent_rank() over (order by net_revenue) as spend_level
    from spend

),

final as (

    select
        spend_levels.customer_id,
        ranked_offers.category as cross_sell_category,
        ranked_offers.likelihood as cross_sell_score,
        customer_levels.price_level,
        spend_levels.spend_level,
        greatest(spend_levels.spend_level - customer_levels.price_level, 0e0) as up_sell_score
    from spend_levels
    left join customer_levels on spend_levels.customer_id = customer_levels.customer_id
    left join ranked_offers
        on
            spend_levels.customer_id = ranked_offers.customer_id
            and ranked_offers.offer_rank = 1

)

select * from final
