{#-
  One row per category and channel, `(all)` included: the mean change of units from one complete week to the next, the scale of MASE.
-#}
with

series as (

    select * from {{ ref('int_demand_series') }}
    where first_week_no is not null

),

history as (

    select * from {{ ref('int_demand_history') }}

),

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

channels as (

    select
        weeks.category,
        weeks.channel
    from weeks
    inner join series on weeks.category = series.category
    group by weeks.category, weeks.channel

),

every_week as (

    select
        history.category,
        channels.channel,
        history.week_no,
        coalesce(weeks.units, 0e0) as units
    from history
    inner join channels on history.category = channels.category
    left join weeks
        on
            channels.category = weeks.category
            and channels.channel = weeks.channel
            and history.week_no = weeks.week_no

),

node_weeks as (

    select
        case when grouping(category) = 1 then '(all)' else category end as category,
        case when grouping(channel) = 1 then '(all)' else channel end as channel,
        week_no,
        {{ stable_sum('units') }} as units
    from every_week
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ((week_no, category, channel), (week_no, category), (week_no, channel), (week_no)) -- noqa: PRS

),

changes as (

    select
        *,
        abs(units - lag(units) over (
            partition by category, channel
            order by week_no
        )) as change_units
    from node_weeks

),

final as (

    select
        -- key
        category,
        channel,

        -- measures
        {{ stable_avg('change_units') }} as mean_change,
        count(*) as history_weeks
    from changes
    group by category, channel

)

select * from final
