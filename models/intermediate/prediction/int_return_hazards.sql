{#-
  One row per rhythm class and tenth day of silence: how likely the next order comes within the next
  ten days, if it has not come yet. Counted from all gaps between order days up to as_of, those that
  still run included; a tenth day that few have lived to see is drawn to all people of the same
  silence. Up to two years; from there on as in the last half year of them.
-#}
{%- set bins = 73 -%}
with

days as (

    select * from {{ ref('int_prediction_days') }}
    where order_count > 0

),

cutoffs as (

    select * from {{ ref('int_prediction_cutoffs') }}
    where days_before = 0

),

ordered as (

    select
        person_no,
        day_no,
        lead(day_no) over (partition by person_no order by day_no) as next_day,
        row_number() over (partition by person_no order by day_no) as order_days,
        min(day_no) over (partition by person_no) as first_day
    from days

),

-- 1. each gap with what was known when it began
gaps as (

    select
        {{ rhythm_class('ordered.order_days', '(ordered.day_no - ordered.first_day)') }} as rhythm_class,
        -- the day after an order is in bin 0; the day of the build has not been
        cast(least(
            {{ bins }}, floor((coalesce(ordered.next_day, cutoffs.cutoff_day) - ordered.day_no - 1) / 10e0)
        ) as int) as last_bin,
        case when ordered.next_day is not null then 1 else 0 end as has_returned
    from ordered
    cross join cutoffs

),

-- 2. those who live to see a bin whole, or return in it
counts as (

    select
        rhythm_class,
        last_bin,
        count(*) as gap_count,
        sum(has_returned) as return_count
    from gaps
    group by rhythm_class, last_bin

),

classes as (

    select rhythm_class
    from counts
    group by rhythm_class

),

grid as (

    select
        classes.rhythm_class,
        cast(series.bin as int) as bin
    from classes
    cross join {{ number_series(0, bins - 1, 'bin') }} as series

),

dense as (

    select
        grid.rhythm_class,
        grid.bin,
        coalesce(sum(case when counts.last_bin = grid.bin then counts.return_count end), 0) as returns,
        coalesce(sum(case
            when counts.last_bin > grid.bin then counts.gap_count
            when counts.last_bin = grid.bin then counts.return_count
        end), 0) as at_risk
    from grid
    left join counts
        on
            grid.rhythm_class = counts.rhythm_class
            and grid.bin <= counts.last_bin
    group by grid.rhythm_class, grid.bin

),

-- 3. the last half year of silence is one
pooled as (

    select
        *,
        least(bin, {{ bins - 18 }}) as pooled_bin
    from dense

),

everybody as (

    select
        pooled_bin,
        {{ safe_divide('sum(returns)', 'sum(at_risk)') }} as hazard
    from pooled
    group by pooled_bin

),

own as (

    select
        rhythm_class,
        pooled_bin,
        sum(returns) as returns,
        sum(at_risk) as at_risk
    from pooled
    group by rhythm_class, pooled_bin

),

-- as if 50 more people had gone the way of all; never quite certain
final as (

    select
        pooled.rhythm_class,
        pooled.bin,
        cast(own.returns as bigint) as returns,
        cast(own.at_risk as bigint) as at_risk,
        least(0.999999e0, (own.returns + 50e0 * coalesce(everybody.hazard, 0e0)) / (own.at_risk + 50e0)) as hazard
    from pooled
    inner join own
        on
            pooled.rhythm_class = own.rhythm_class
            and pooled.pooled_bin = own.pooled_bin
    inner join everybody on pooled.pooled_bin = everybody.pooled_bin

)

select * from final
