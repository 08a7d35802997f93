{#-
  One row per category with revenue in the last year, by rank: the first ones carry the business and
  have a propensity of their own (`slot`), the others count in the breadth of what people buy.
-#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

rules as (

    select
        max(case when rule = 'category_revenue_share' then threshold end) as revenue_share,
        max(case when rule = 'category_min_buyers' then threshold end) as min_buyers
    from {{ ref('prediction_rules') }}

),

people as (

    select * from {{ ref('int_prediction_people') }}

),

totals as (

    select
        lines.category,
        sum(lines.net_amount) as revenue,
        count(distinct people.person_no) as buyers
    from lines
    cross join reference_date
    left join people on lines.customer_id = people.customer_id
    where
        lines.category is not null
        and lines.ordered_on >= {{ add_days('reference_date.as_of', -365) }}
    group by lines.category

),

ranked as (

    select
        *,
        row_number() over (order by revenue desc, category asc) as category_rank,
        -- revenue of those before it
        sum(revenue) over (order by revenue desc, category asc rows between unbounded preceding and current row)
        - revenue as revenue_before,
        sum(revenue) over () as all_revenue
    from totals

),

final as (

    select
        ranked.category,
        cast(least(ranked.category_rank, 60) as int) as category_rank,
        case
            when
                ranked.category_rank <= {{ category_slots() | length }}
                and ranked.buyers >= rules.min_buyers
                and ranked.revenue > 0
                and {{ safe_divide('ranked.revenue_before', 'ranked.all_revenue') }} < rules.revenue_share
                then cast(ranked.category_rank as int)
        end as slot,
        cast(ranked.revenue as decimal(18, 2)) as revenue,
        cast(ranked.buyers as bigint) as buyers
    from ranked
    cross join rules

)

select * from final
