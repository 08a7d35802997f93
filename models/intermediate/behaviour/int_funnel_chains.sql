{#-
  One row per funnel, person, number of required steps and moment at which they were done: the chain
  of steps that ends there and began latest. By way of ordering
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

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

touches as (

    select * from {{ ref('int_touches_numbered') }}

),

required_events as {{ inline }} (

    select
        funnel_events.funnel_number,
        funnel_events.person_number,
        funnel_events.occurred_at,
        funnel_events.touchpoint_id,
        funnel_steps.ordering,
        funnel_steps.interrupted_by,
        funnel_steps.required_rank,
        funnel_steps.window_seconds,
        funnel_steps.within_seconds,
        funnel_steps.is_strictly_after
    from funnel_events
    inner join funnel_steps
        on
            funnel_events.funnel_number = funnel_steps.funnel_number
            and funnel_events.step = funnel_steps.step
    where funnel_steps.required_rank is not null

),

-- 1. ordered
ordered_events as (

    select
        funnel_number,
        person_number,
        required_rank,
        occurred_at,
        max(case
            when is_strictly_after then occurred_at - interval 1 microsecond else occurred_at
        end) as compare_at,
        max(window_seconds) as window_seconds,
        max(within_seconds) as within_seconds
    from required_events
    where ordering = 'ordered'
    group by funnel_number, person_number, required_rank, occurred_at

),
{{ ordered_chains('ordered_events', steps) }},

-- 2. strict order: the place of every touchpoint that could interrupt
strict_people as (

    select
        funnel_number,
        person_number,
        max(interrupted_by) as interrupted_by
    from required_events
    where ordering = 'strict_order'
    group by funnel_number, person_number

),

placed as (

    select
        strict_people.funnel_number,
        strict_people.person_number,
        touches.touchpoint_id,
        touches.occurred_at,
        row_number() over (
            partition by strict_people.funnel_number, strict_people.person_number
            order by touches.occurred_at asc, touches.touchpoint_id asc
        ) as place
    from touches
    inner join strict_people
        on
            touches.person_number = strict_people.person_number
            and (strict_people.interrupted_by is null or touches.source_table = strict_people.interrupted_by)

),

strict_events as (

    select
        required_events.funnel_number,
        required_events.person_number,
        required_events.required_rank,
        required_events.occurred_at,
        required_events.window_seconds,
        required_events.within_seconds,
        placed.place
    from required_events
    inner join placed
        on
            required_events.funnel_number = placed.funnel_number
            and required_events.person_number = placed.person_number
            and required_events.touchpoint_id = placed.touchpoint_id
    where required_events.ordering = 'strict_order'

),
{%- for rank in range(1, steps + 1) %}

strict_{{ rank }} as (

    select
        step_events.funnel_number,
        step_events.person_number,
        step_events.place,
        step_events.occurred_at as ended_at,
        {%- for earlier in range(1, rank) %}
        before.at_{{ earlier }},
        {%- endfor %}
        step_events.occurred_at as at_{{ rank }}
    from strict_events as step_events
    {%- if rank > 1 %}
    inner join strict_{{ rank - 1 }} as before
        on
            step_events.funnel_number = before.funnel_number
            and step_events.person_number = before.person_number
            and step_events.place = before.place + 1
            and {{ seconds_between('before.at_1', 'step_events.occurred_at') }} <= step_events.window_seconds
            and {{ seconds_between('before.ended_at', 'step_events.occurred_at') }} <= step_events.within_seconds
    {%- endif %}
    where step_events.required_rank = {{ rank }}

),
{%- endfor %}

strict_ends as (

    {{ union_of_chains('strict', steps) }}

),

-- two chains of one length may end at one moment: the later start stands
strict_chains as (

    select
        funnel_number,
        person_number,
        depth,
        ended_at,
        {%- for rank in range(1, steps + 1) %}
        max(at_{{ rank }}) as at_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from strict_ends
    group by funnel_number, person_number, depth, ended_at

),

-- 3. any order: when each step was last seen, looking back from every moment
any_events as (

    select
        funnel_number,
        person_number,
        occurred_at,
        window_seconds,
        {%- for rank in range(1, steps + 1) %}
        max(case when required_rank = {{ rank }} then occurred_at end) over (
            partition by funnel_number, person_number
            order by occurred_at
            range between unbounded preceding and current row
        ) as last_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from required_events
    where ordering = 'any'

),

any_recent as (

    select
        funnel_number,
        person_number,
        occurred_at as ended_at,
        array_sort({{ filter_array(any_recent_times(steps), 'seen_at', 'seen_at is not null') }}) as times
    from any_events
    group by funnel_number, person_number, occurred_at, window_seconds
        {%- for rank in range(1, steps + 1) %}, last_{{ rank }}{% endfor %}

),

final as (

    {{ union_of_chains('chain', steps) }}
    union all
    select * from strict_chains
    union all
    select
        funnel_number,
        person_number,
        cast(cardinality(times) as int) as depth,
        ended_at,
        {%- for rank in range(1, steps + 1) %}
        {{ array_get('times', rank) }} as at_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from any_recent

)

select * from final
