{#-
  One row per person and first step of a funnel that repeats: the number of the attempt that it belongs to. A new
  attempt begins with each first step that comes more than a window after the one before, or that a
  completed chain lies between (at the one before, or after it).
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

chains as {{ inline }} (

    select * from {{ ref('int_funnel_chains') }}

),

funnels as (

    select
        funnel_number,
        max(window_seconds) as window_seconds,
        max(required_steps) as required_steps
    from {{ ref('int_funnel_steps') }}
    where repeat_entries
    group by funnel_number

),

starts as (

    select
        chains.funnel_number,
        chains.person_number,
        chains.at_1 as started_at
    from chains
    inner join funnels on chains.funnel_number = funnels.funnel_number
    group by chains.funnel_number, chains.person_number, chains.at_1

),

completions as (

    select
        chains.funnel_number,
        chains.person_number,
        chains.ended_at as completed_at
    from chains
    inner join funnels
        on
            chains.funnel_number = funnels.funnel_number
            and chains.depth = funnels.required_steps
    group by chains.funnel_number, chains.person_number, chains.ended_at

),

with_completion as (

    {{ as_of_left_join(
        left='starts', right='completions', on=['funnel_number', 'person_number'],
        left_time='started_at', right_time='completed_at', columns=['completed_at'], strict=true
    ) }}

),

with_previous as (

    select
        *,
        lag(started_at) over (
            partition by funnel_number, person_number
            order by started_at asc
        ) as previous_start_at
    from with_completion

),

final as (

    select
        with_previous.funnel_number,
        with_previous.person_number,
        with_previous.started_at,
        1 + cast(sum(case
            when with_previous.previous_start_at is null then 0
            when {{ seconds_between('with_previous.previous_start_at', 'with_previous.started_at') }} > funnels.window_seconds then 1
            when with_previous.completed_at >= with_previous.previous_start_at then 1
            else 0
        end) over (
            partition by with_previous.funnel_number, with_previous.person_number
            order by with_previous.started_at asc
            rows between unbounded preceding and current row
        ) as int) as entry_number
    from with_previous
    inner join funnels on with_previous.funnel_number = funnels.funnel_number

)

select * from final
