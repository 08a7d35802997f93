{#-
  One row per category, cutoff and channel: the channel's share of the category's units in the thirteen weeks up to the cutoff.
  Older weeks weigh a thousandth, so that they decide where those have no sale. The shares of a category add up to 1.
-#}
with

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

channel_units as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        weeks.channel,
        {{ stable_sum('case when weeks.week_no > cutoffs.cutoff_week_no - 13 then weeks.units else weeks.units / 1e3 end') }} as units
    from cutoffs
    inner join weeks
        on
            cutoffs.category = weeks.category
            and weeks.week_no between cutoffs.first_week_no and cutoffs.cutoff_week_no
    group by cutoffs.category, cutoffs.cutoff_no, weeks.channel

),

final as (

    select
        -- key
        category,
        cutoff_no,
        channel,

        -- measures
        units / cast(sum(cast(units as decimal(38, 18))) over (partition by category, cutoff_no) as double) as channel_share
    from channel_units

)

select * from final
