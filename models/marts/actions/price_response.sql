{#-
  One row per category: how units respond to the price, with an interval, and which discount pays. Read from prices
  and promotions as they were, nobody drew lots for them: observational.
-#}
with

elasticities as (

    select * from {{ ref('int_price_elasticities') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

rules as (

    select
        max(case when rule = 'discount_step' then value end) as discount_step,
        max(case when rule = 'max_discount' then value end) as max_discount,
        max(case when rule = 'min_price_spread' then value end) as min_price_spread
    from {{ ref('price_rules') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. what a unit costs of its undiscounted price, and which discounts have been given, in the last year
priced as (

    select
        lines.category,
        cast(lines.net_amount + lines.discount_amount as double) as list_amount,
        cast(lines.unit_cost * lines.quantity as double) as cost,
        {{ safe_divide('lines.discount_amount', 'lines.net_amount + lines.discount_amount') }} as discount_share
    from lines
    cross join reference_date
    where
        not lines.is_balancing_line
        and lines.quantity > 0
        and lines.net_amount > 0
        and lines.ordered_on >= {{ add_days('reference_date.as_of', -365) }}

),

terms as (

    select
        category,
        {{ safe_divide(
            stable_sum('cost'), stable_sum('case when cost is not null then list_amount end')
        ) }} as cost_share,
        percentile_cont(0.95) within group (order by case when discount_share > 0 then discount_share end) as usual_limit
    from priced
    group by category

),

ranged as (

    select
        elasticities.*,
        {{ student_t_90('elasticities.clusters - 1') }} as quantile,
        {{ round_significant('terms.cost_share') }} as cost_share,
        rules.discount_step,
        rules.min_price_spread,
        -- no further than discounts that have been tried
        greatest(rules.discount_step, least(
            rules.max_discount,
            rules.discount_step * ceil(round(coalesce(terms.usual_limit, 0e0) / rules.discount_step, 6))
        )) as discount_limit
    from elasticities
    left join terms on elasticities.category = terms.category
    cross join rules

),

bounded as (

    select
        *,
        elasticity - quantile * sqrt(elasticity_variance) as elasticity_low,
        elasticity + quantile * sqrt(elasticity_variance) as elasticity_high
    from ranged

),

-- 2. the margin at each discount, as a share more or less than without
tried as (

    select
        bounded.category,
        bounded.discount_step * steps.step_no as discount,
        {{ round_significant('(' ~ discount_gain('bounded.elasticity') ~ ')') }} as gain_rate,
        {{ round_significant('(' ~ discount_gain('bounded.elasticity_high') ~ ')') }} as cautious_gain_rate
    from bounded
    cross join {{ number_series(1, 100, 'step_no') }} as steps
    where
        bounded.elasticity is not null
        and bounded.cost_share < 1
        and bounded.discount_step * steps.step_no <= bounded.discount_limit + 1e-9
        and bounded.discount_step * steps.step_no < 1

),

paying as (

    select
        category,
        min(case when gain_rate > 0 then discount end) as lowest_paying_discount,
        max(case when gain_rate > 0 then discount end) as highest_paying_discount,
        max(case when gain_rate > 0 then gain_rate end) as best_gain_rate,
        coalesce(max(cautious_gain_rate) > 0, false) as is_gain_sure
    from tried
    group by category

),

best as (

    select
        category,
        discount as best_discount
    from tried
    where gain_rate > 0
    qualify row_number() over (partition by category order by gain_rate desc, discount asc) = 1

),

worded as (

    select
        bounded.*,
        paying.lowest_paying_discount,
        paying.highest_paying_discount,
        paying.best_gain_rate,
        coalesce(paying.is_gain_sure, false) as is_gain_sure,
        best.best_discount,
        power(1e0 - bounded.discount_step, bounded.elasticity) - 1e0 as expected_lift,
        case
            when bounded.cost_share < 1e0 - bounded.discount_step
                then (1e0 - bounded.cost_share) / (1e0 - bounded.discount_step - bounded.cost_share) - 1e0
        end as needed_lift,
        case
            when bounded.elasticity_basis in ('measured', 'shrunken') then 'own'
            when bounded.item_level is null then 'sold_too_seldom'
            when bounded.price_spread < bounded.min_price_spread then 'no_price_variation'
            else 'too_few_weeks'
        end as finding
    from bounded
    left join paying on bounded.category = paying.category
    left join best on bounded.category = best.category

),

final as (

    select
        -- key
        category,

        -- response
        {{ round_significant('elasticity') }} as elasticity,
        {{ round_significant('elasticity_low') }} as elasticity_low,
        {{ round_significant('elasticity_high') }} as elasticity_high,
        elasticity_basis,
        finding,
        true as is_observational,
        {{ round_significant('slope') }} as own_elasticity,
        {{ round_significant('standard_error') }} as own_standard_error,
        {{ round_significant('pull') }} as weight_of_mean,

        -- what it rests on
        item_level,
        items,
        weeks,
        item_weeks,
        clustered_by,
        clusters,
        price_spread,

        -- which discount pays
        cost_share,
        {{ round_significant('discount_limit') }} as largest_discount_tried,
        {{ round_significant('lowest_paying_discount') }} as lowest_paying_discount,
        {{ round_significant('highest_paying_discount') }} as highest_paying_discount,
        {{ round_significant('best_discount') }} as best_discount,
        best_gain_rate,
        is_gain_sure,
        {{ round_significant('needed_lift') }} as needed_lift,
        {{ round_significant('expected_lift') }} as expected_lift,

        -- in words
        concat({{ price_finding('en') }}, {{ price_advice('en') }}) as reason,
        concat({{ price_finding('zh') }}, {{ price_advice('zh') }}) as reason_zh
    from worded

)

select * from final
