{#-
  One row per funnel, person and attempt: how deep it went, and when. A person has one attempt, or,
  where the funnel repeats, a new one with each first step that comes more than a window after the
  one before, or that a completed chain lies between (at the one before, or after it). Of an attempt's chains the deepest counts, of equally deep
  ones the first to get there.
-#}
{%- set steps = funnel_max_steps() -%}
with

chains as (

    select * from {{ ref('int_funnel_chains') }}

),

funnels as (

    select
        funnel,
        max(window_seconds) as window_seconds,
        max(required_steps) as required_steps,
        max(case when repeat_entries then 1 else 0 end) = 1 as repeat_entries
    from {{ ref('int_funnel_steps') }}
    group by funnel

),

-- 1. every possible beginning
starts as (

    select
        chains.funnel,
        chains.person_key,
        chains.at_1 as started_at
    from chains
    group by chains.funnel, chains.person_key, chains.at_1

),

completions as (

    select
        chains.funnel,
        chains.person_key,
        chains.ended_at as completed_at
    from chains
    inner join funnels
        on
            chains.funnel = funnels.funnel
            and chains.depth = funnels.required_steps
    where funnels.repeat_entries
    group by chains.funnel, chains.person_key, chains.ended_at

),

with_completion as (

    {{ as_of_left_join(
        left='starts', right='completions', on=['funnel', 'person_key'],
        left_time='started_at', right_time='completed_at', columns=['completed_at'], strict=true
    ) }}

),

with_previous as (

    select
        *,
        lag(started_at) over (
            partition by funnel, person_key
            order by started_at asc
        ) as previous_start_at
    from with_completion

),

-- 2. where a new attempt begins
numbered as (

    select
        with_previous.funnel,
        with_previous.person_key,
        with_previous.started_at,
        1 + cast(sum(case
            when not funnels.repeat_entries or with_previous.previous_start_at is null then 0
            when {{ seconds_between('with_previous.previous_start_at', 'with_previous.started_at') }} > funnels.window_seconds then 1
            when with_previous.completed_at >= with_previous.previous_start_at then 1
            else 0
        end) over (
            partition by with_previous.funnel, with_previous.person_key
            order by with_previous.started_at asc
            rows between unbounded preceding and current row
        ) as int) as entry_number
    from with_previous
    inner join funnels on with_previous.funnel = funnels.funnel

),

last_starts as (

    select
        funnel,
        person_key,
        entry_number,
        max(started_at) as last_entered_at
    from numbered
    group by funnel, person_key, entry_number

),

ranked as (

    select
        chains.*,
        numbered.entry_number,
        row_number() over (
            partition by chains.funnel, chains.person_key, numbered.entry_number
            order by chains.depth desc, chains.ended_at asc
        ) as chain_rank
    from chains
    inner join numbered
        on
            chains.funnel = numbered.funnel
            and chains.person_key = numbered.person_key
            and chains.at_1 = numbered.started_at

),

final as (

    select
        ranked.funnel,
        ranked.person_key,
        ranked.entry_number,
        ranked.depth as steps_reached,
        ranked.depth = funnels.required_steps as is_converted,
        {%- for step in range(1, steps + 1) %}
        ranked.at_{{ step }},
        {%- endfor %}
        ranked.at_1 as entered_at,
        ranked.ended_at as last_step_at,
        last_starts.last_entered_at
    from ranked
    inner join funnels on ranked.funnel = funnels.funnel
    inner join last_starts
        on
            ranked.funnel = last_starts.funnel
            and ranked.person_key = last_starts.person_key
            and ranked.entry_number = last_starts.entry_number
    where ranked.chain_rank = 1

)

select * from final
