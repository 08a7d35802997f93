{#-
  One row per category: the way of dividing weeks into days with the smallest error at past cutoffs, and whether its days are
  frequent enough to be forecast at all.
-#}
with

candidates as (

    select * from {{ ref('int_demand_day_candidates') }}

),

series as (

    select * from {{ ref('int_demand_series') }}

),

category_days as (

    select * from {{ ref('int_demand_category_days') }}

),

rules as (

    select * from {{ ref('int_demand_rules') }}

),

errors as (

    select
        category,
        method,
        count(distinct case when cutoff_no > 0 then cutoff_no end) as backtest_cutoffs,
        {{ stable_avg('abs(forecast - actual)') }} as mean_error
    from candidates
    group by category, method

),

-- 1. without four cutoffs there is nothing to choose by: weekdays then, most of them the shop's
ranked as (

    select
        *,
        row_number() over (
            partition by category
            order by
                case when backtest_cutoffs < 4 and method = 'weekdays' then 0 else 1 end asc,
                {{ round_significant('mean_error') }} asc,
                method asc
        ) as method_rank
    from errors

),

recent as (

    select
        category_days.category,
        count(*) as selling_days,
        {{ stable_sum('category_days.units') }} as units
    from category_days
    cross join rules
    inner join series on category_days.category = series.category
    where category_days.week_no <= series.last_week_no and series.last_week_no - rules.daily_recent_weeks < category_days.week_no
    group by category_days.category

),

final as (

    select
        -- key
        series.category,

        -- attributes
        ranked.method,
        coalesce(ranked.backtest_cutoffs, 0) as backtest_cutoffs,
        series.history_weeks,
        case
            when ranked.method is null then 'no complete week with a sale yet'
            when series.history_weeks < rules.daily_least_weeks or ranked.backtest_cutoffs < 4
                then concat('too few weeks to forecast days: ', {{ as_text('series.history_weeks') }})
            when coalesce(recent.units, 0e0) < 7e0 * rules.daily_recent_weeks * rules.daily_least_units
                then concat(
                    'too few units a day: ',
                    cast({{ to_decimal('coalesce(recent.units, 0e0) / (7e0 * rules.daily_recent_weeks)', 1) }} as string)
                )
            when recent.selling_days < 7e0 * rules.daily_recent_weeks * rules.daily_least_selling_share
                then concat(
                    'sold on ', {{ as_text('recent.selling_days') }}, ' of the last ',
                    {{ as_text('cast(7 * rules.daily_recent_weeks as int)') }}, ' days only'
                )
        end as refusal,
        case
            when ranked.method is null then '尚无有销售的完整周'
            when series.history_weeks < rules.daily_least_weeks or ranked.backtest_cutoffs < 4
                then concat('周数不足以按日预测：', {{ as_text('series.history_weeks') }})
            when coalesce(recent.units, 0e0) < 7e0 * rules.daily_recent_weeks * rules.daily_least_units
                then concat(
                    '日均销量过低：',
                    cast({{ to_decimal('coalesce(recent.units, 0e0) / (7e0 * rules.daily_recent_weeks)', 1) }} as string)
                )
            when recent.selling_days < 7e0 * rules.daily_recent_weeks * rules.daily_least_selling_share
                then concat(
                    '最近', {{ as_text('cast(7 * rules.daily_recent_weeks as int)') }}, '天中仅',
                    {{ as_text('recent.selling_days') }}, '天有销售'
                )
        end as refusal_zh
    from series
    cross join rules
    left join ranked on series.category = ranked.category and ranked.method_rank = 1
    left join recent on series.category = recent.category

)

select * from final
