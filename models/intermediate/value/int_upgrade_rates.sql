{#-
  One row per R, F and M score: of the customers who stood there a year ago (or as long ago as the
  history allows), the share whose monetary score has risen since; drawn to the share of all.
-#}
with

monthly as (

    select * from {{ ref('int_rfm_monthly') }}

),

rules as (

    select * from {{ ref('value_rules') }}

),

shrinkage as (

    select max(case when rule = 'upgrade_prior_customers' then cast(value as double) end) as prior_customers
    from rules

),

months as (

    select
        min(month) as first_month,
        max(month) as last_month
    from monthly

),

-- 1. a year back, or half of a shorter history
compared_months as (

    select
        last_month,
        {{ add_months_to('last_month', '-least(12, floor(' ~ months_between_dates('first_month', 'last_month') ~ ' / 2e0))') }}
            as earlier_month
    from months

),

moves as (

    select
        earlier.recency_score,
        earlier.frequency_score,
        earlier.monetary_score,
        case when later.monetary_score > earlier.monetary_score then 1e0 else 0e0 end as has_risen
    from compared_months
    inner join monthly as earlier on compared_months.earlier_month = earlier.month
    inner join monthly as later
        on
            compared_months.last_month = later.month
            and earlier.customer_id = later.customer_id
    where compared_months.earlier_month < compared_months.last_month and earlier.monetary_score < 5

),

overall as (

    select {{ stable_avg('has_risen') }} as rise_rate
    from moves

),

final as (

    select
        moves.recency_score,
        moves.frequency_score,
        moves.monetary_score,
        count(*) as customers,
        (sum(moves.has_risen) + max(shrinkage.prior_customers) * max(overall.rise_rate))
            / (count(*) + max(shrinkage.prior_customers)) as upgrade_rate
    from moves
    cross join overall
    cross join shrinkage
    group by moves.recency_score, moves.frequency_score, moves.monetary_score

)

select * from final
