{#-
  One row per basis (order, activity): after how many days without one a customer counts as dormant
  and as churned. By percentiles of the gaps between two days of the same customer, or fixed, as
  seed lifecycle_rules says; fixed too where fewer gaps than min_gaps are known.
-#}
with

event_days as (

    select * from {{ ref('int_lifecycle_days') }}

),

rules as (

    select * from {{ ref('lifecycle_rules') }}

),

gaps as (

    select
        basis,
        {{ days_between('lag(event_on) over (partition by basis, person_number order by event_on)', 'event_on') }} as gap_days
    from event_days

),

-- how many gaps are at most so long: percentiles without sorting every gap
gap_counts as (

    select
        basis,
        gap_days,
        count(*) as gap_count
    from gaps
    where gap_days is not null
    group by basis, gap_days

),

cumulative as (

    select
        basis,
        gap_days,
        sum(gap_count) over (partition by basis order by gap_days) as gaps_up_to,
        sum(gap_count) over (partition by basis) as all_gaps
    from gap_counts

),

percentiles as (

    select
        rules.basis,
        cast(max(cumulative.all_gaps) as bigint) as gap_count,
        min(case when cumulative.gaps_up_to >= rules.dormant_percentile * cumulative.all_gaps then cumulative.gap_days end) as dormant_gap_days,
        min(case when cumulative.gaps_up_to >= rules.churned_percentile * cumulative.all_gaps then cumulative.gap_days end) as churned_gap_days
    from rules
    inner join cumulative on rules.basis = cumulative.basis
    group by rules.basis

),

chosen as (

    select
        rules.basis,
        rules.min_days,
        coalesce(percentiles.gap_count, 0) as gap_count,
        case
            when rules.limit_kind = 'percentile' and percentiles.gap_count >= rules.min_gaps then 'percentile'
            else 'fixed'
        end as limit_kind,
        percentiles.dormant_gap_days,
        percentiles.churned_gap_days,
        rules.dormant_after_days,
        rules.churned_after_days
    from rules
    left join percentiles on rules.basis = percentiles.basis

),

-- a month without a purchase is the shortest silence that monthly stages can see; being dormant
-- lasts as long at least
limits as (

    select
        basis,
        limit_kind,
        gap_count,
        min_days,
        greatest(
            case when limit_kind = 'percentile' then dormant_gap_days else dormant_after_days end, min_days
        ) as dormant_after_days,
        case when limit_kind = 'percentile' then churned_gap_days else churned_after_days end as churned_after_days
    from chosen

),

final as (

    select
        basis,
        limit_kind,
        gap_count,
        cast(dormant_after_days as bigint) as dormant_after_days,
        cast(greatest(churned_after_days, dormant_after_days + min_days) as bigint) as churned_after_days
    from limits

)

select * from final
