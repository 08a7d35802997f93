{#-
  One row per funnel, person and attempt: how deep it went, and when. A person has one attempt, or,
  where the funnel repeats, a new one with each first step that comes more than a window after the
  one before, or that a completed chain lies between (at the one before, or after it). Of an attempt's
  chains the deepest counts, of equally deep ones the first to get there.
-#}
{%- set steps = funnel_max_steps() -%}
{%- set inline = per_engine('not materialized', '') -%}
with

chains as {{ inline }} (

    select * from {{ ref('int_funnel_chains') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

funnels as (

    select
        funnel_number,
        min(funnel) as funnel,
        max(window_seconds) as window_seconds,
        max(required_steps) as required_steps,
        max(case when repeat_entries then 1 else 0 end) = 1 as repeat_entries
    from {{ ref('int_funnel_steps') }}
    group by funnel_number

),

-- 1. every possible beginning, where there may be several attempts
starts as (

    select
        chains.funnel_number,
        chains.person_number,
        chains.at_1 as started_at
    from chains
    inner join funnels on chains.funnel_number = funnels.funnel_number
    where funnels.repeat_entries
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
    where funnels.repeat_entries
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

-- 2. where a new attempt begins
numbered as (

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

),

-- 3. of each attempt the deepest chain
attempt_chains as {{ inline }} (

    select
        chains.*,
        1 as entry_number
    from chains
    inner join funnels on chains.funnel_number = funnels.funnel_number
    where not funnels.repeat_entries

    union all

    select
        chains.*,
        numbered.entry_number
    from chains
    inner join numbered
        on
            chains.funnel_number = numbered.funnel_number
            and chains.person_number = numbered.person_number
            and chains.at_1 = numbered.started_at

),

deepest as (

    select
        funnel_number,
        person_number,
        entry_number,
        max(depth) as depth,
        max(at_1) as last_entered_at
    from attempt_chains
    group by funnel_number, person_number, entry_number

),

ranked as (

    select
        attempt_chains.*,
        deepest.last_entered_at,
        row_number() over (
            partition by attempt_chains.funnel_number, attempt_chains.person_number, attempt_chains.entry_number
            order by attempt_chains.ended_at asc
        ) as chain_rank
    from attempt_chains
    inner join deepest
        on
            attempt_chains.funnel_number = deepest.funnel_number
            and attempt_chains.person_number = deepest.person_number
            and attempt_chains.entry_number = deepest.entry_number
            and attempt_chains.depth = deepest.depth

),

final as (

    select
        funnels.funnel,
        people.person_key,
        ranked.entry_number,
        ranked.funnel_number,
        ranked.person_number,
        ranked.depth as steps_reached,
        ranked.depth = funnels.required_steps as is_converted,
        {%- for step in range(1, steps + 1) %}
        ranked.at_{{ step }},
        {%- endfor %}
        ranked.at_1 as entered_at,
        ranked.ended_at as last_step_at,
        ranked.last_entered_at
    from ranked
    inner join funnels on ranked.funnel_number = funnels.funnel_number
    inner join people on ranked.person_number = people.person_number
    where ranked.chain_rank = 1

)

select * from final
