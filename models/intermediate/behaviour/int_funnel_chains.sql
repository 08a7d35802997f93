{#-
  One row per funnel, person, number of required steps and (where the funnel repeats or allows no detour) moment at
  which they were done: the chain of steps that ends there and began latest; else the first of these. By ordering
    ordered       t1 <= t2 <= … <= tn <= t1 + window; a step may ask to be strictly after the one
                  before, or within so many hours of it
    strict_order  the same with no other touchpoint (of the source that interrupts) in between;
                  touchpoints are in the order of time, then of their id
    any           so many different steps within one window, in whichever order
-#}
{%- set steps = funnel_max_steps() -%}
{%- set inline = per_engine('not materialized', '') -%}
with

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

funnel_events as {{ inline }} (

    select * from {{ ref('int_funnel_events') }}

),

placed as (

    select * from {{ ref('int_touches_placed') }}

),

kinds as (

    select * from {{ ref('int_touch_kinds') }}

),

required_events as {{ inline }} (

    select
        funnel_events.funnel_number,
        funnel_events.person_number,
        funnel_events.place,
        funnel_events.moment,
        funnel_events.occurred_at,
        case when funnel_steps.is_strictly_after then funnel_events.moment - 1 else funnel_events.moment end as compare_moment,
        funnel_steps.ordering,
        funnel_steps.repeat_entries,
        funnel_steps.interrupted_by,
        funnel_steps.required_rank,
        funnel_steps.window_seconds,
        funnel_steps.within_seconds
    from funnel_events
    inner join funnel_steps
        on
            funnel_events.funnel_number = funnel_steps.funnel_number
            and funnel_events.step = funnel_steps.step
    where funnel_steps.required_rank is not null

),

-- 1. ordered
ordered_events as {{ inline }} (

    select * from required_events
    where ordering = 'ordered'

),
{{ ordered_chains('ordered_events', steps) }},

-- 2. strict order: the turn of every touchpoint that could interrupt
strict_people as (

    select
        funnel_number,
        person_number,
        max(interrupted_by) as interrupted_by
    from required_events
    where ordering = 'strict_order'
    group by funnel_number, person_number

),

strict_turns as (

    select
        strict_people.funnel_number,
        strict_people.person_number,
        placed.place,
        row_number() over (
            partition by strict_people.funnel_number, strict_people.person_number
            order by placed.place asc
        ) as turn
    from placed
    inner join kinds on placed.kind_number = kinds.kind_number
    inner join strict_people
        on
            placed.person_number = strict_people.person_number
            and (strict_people.interrupted_by is null or kinds.source_table = strict_people.interrupted_by)

),

strict_events as (

    select
        required_events.*,
        strict_turns.turn
    from required_events
    inner join strict_turns
        on
            required_events.funnel_number = strict_turns.funnel_number
            and required_events.person_number = strict_turns.person_number
            and required_events.place = strict_turns.place
    where required_events.ordering = 'strict_order'

),
{{ strict_chains('strict_events', steps) }},

-- 3. any order: when each step was last seen, looking back from every moment
any_seen as (

    select
        funnel_number,
        person_number,
        repeat_entries,
        moment,
        occurred_at,
        window_seconds,
        {%- for rank in range(1, steps + 1) %}
        max(case when required_rank = {{ rank }} then occurred_at end) over (
            partition by funnel_number, person_number
            order by moment
            range between unbounded preceding and current row
        ) as last_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from required_events
    where ordering = 'any'

),

any_measured as (

    select
        *,
        {{ steps_in_window(steps) }} as depth,
        {% set recent = [] -%}
        {%- for rank in range(1, steps + 1) -%}
            {%- do recent.append(steps_last_seen(rank, 'last_' ~ rank, 'null')) -%}
        {%- endfor -%}
        least({{ recent | join(', ') }}) as started_at
    from any_seen

),

any_first as (

    select
        funnel_number,
        person_number,
        depth,
        min(moment) as moment,
        max(started_at) as last_start_at
    from any_measured
    group by funnel_number, person_number, depth, case when repeat_entries then moment end

),

any_chains as (

    select
        any_first.funnel_number,
        any_first.person_number,
        any_first.depth,
        any_first.moment,
        any_measured.occurred_at as ended_at,
        any_first.last_start_at,
        {%- set times = [] -%}
        {%- for rank in range(1, steps + 1) -%}
            {%- do times.append('max(' ~ steps_last_seen(rank, 'any_measured.last_' ~ rank, 'null') ~ ')') -%}
        {%- endfor %}
        array_sort({{ filter_array(array_of(times), 'seen_at', 'seen_at is not null') }}) as times
    from any_first
    inner join any_measured
        on
            any_first.funnel_number = any_measured.funnel_number
            and any_first.person_number = any_measured.person_number
            and any_first.moment = any_measured.moment
    group by
        any_first.funnel_number, any_first.person_number, any_first.depth, any_first.moment,
        any_measured.occurred_at, any_first.last_start_at

),

final as (

    {{ chains_by_depth('chain', steps, 'case when repeat_entries then moment end', 'min_by(*, moment)') }}
    union all
    {{ chains_by_depth('strict', steps, 'moment', 'max(*)') }}
    union all
    select
        funnel_number,
        person_number,
        cast(depth as int) as depth,
        moment,
        ended_at,
        last_start_at,
        {%- for rank in range(1, steps + 1) %}
        {{ array_get('times', rank) }} as at_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from any_chains

)

select * from final
