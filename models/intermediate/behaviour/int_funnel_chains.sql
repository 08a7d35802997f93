{#-
  One row per funnel, person, number of required steps and moment at which they were done: the
  chain of steps that ends there and began latest. By way of ordering
    ordered       t1 <= t2 <= … <= tn <= t1 + window; a step may ask to be strictly after the one
                  before, or within so many hours of it
    strict_order  the same with no other touchpoint (of the source that interrupts) in between;
                  touchpoints are in the order of time, then of their id
    any           so many different steps within one window, in whichever order
-#}
{%- set steps = funnel_max_steps() -%}
with

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

required_events as (

    select
        funnel_events.funnel,
        funnel_events.person_key,
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
            funnel_events.funnel = funnel_steps.funnel
            and funnel_events.step = funnel_steps.step
    where funnel_steps.required_rank is not null

),

-- 1. ordered
ordered_events as (

    select
        funnel,
        person_key,
        required_rank,
        occurred_at,
        max(case
            when is_strictly_after then occurred_at - interval 1 microsecond else occurred_at
        end) as compare_at,
        max(window_seconds) as window_seconds,
        max(within_seconds) as within_seconds
    from required_events
    where ordering = 'ordered'
    group by funnel, person_key, required_rank, occurred_at

),
{{ ordered_chains('ordered_events', steps) }},

-- 2. strict order: the place of every touchpoint that could interrupt
strict_people as (

    select
        funnel,
        person_key,
        max(interrupted_by) as interrupted_by
    from required_events
    where ordering = 'strict_order'
    group by funnel, person_key

),

placed as (

    select
        strict_people.funnel,
        strict_people.person_key,
        touchpoints.touchpoint_id,
        touchpoints.occurred_at,
        row_number() over (
            partition by strict_people.funnel, strict_people.person_key
            order by touchpoints.occurred_at asc, touchpoints.touchpoint_id asc
        ) as place
    from touchpoints
    inner join strict_people
        on
            coalesce(touchpoints.customer_id, touchpoints.identity_key) = strict_people.person_key
            and (strict_people.interrupted_by is null or touchpoints.source_table = strict_people.interrupted_by)

),

strict_events as (

    select
        required_events.funnel,
        required_events.person_key,
        required_events.required_rank,
        required_events.occurred_at,
        required_events.window_seconds,
        required_events.within_seconds,
        placed.place
    from required_events
    inner join placed
        on
            required_events.funnel = placed.funnel
            and required_events.person_key = placed.person_key
            and required_events.touchpoint_id = placed.touchpoint_id
    where required_events.ordering = 'strict_order'

),
{%- for rank in range(1, steps + 1) %}

strict_{{ rank }} as (

    select
        step_events.funnel,
        step_events.person_key,
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
            step_events.funnel = before.funnel
            and step_events.person_key = before.person_key
            and step_events.place = before.place + 1
            and {{ seconds_between('before.at_1', 'step_events.occurred_at') }} <= step_events.window_seconds
            and {{ seconds_between('before.ended_at', 'step_events.occurred_at') }} <= step_events.within_seconds
    {%- endif %}
    where step_events.required_rank = {{ rank }}

),
{%- endfor %}

-- 3. any order: when each step was last seen, looking back from every moment
any_events as (

    select
        funnel,
        person_key,
        occurred_at,
        window_seconds,
        {%- for rank in range(1, steps + 1) %}
        max(case when required_rank = {{ rank }} then occurred_at end) over (
            partition by funnel, person_key
            order by occurred_at
            range between unbounded preceding and current row
        ) as last_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from required_events
    where ordering = 'any'

),

any_recent as (

    select
        funnel,
        person_key,
        occurred_at as ended_at,
        array_sort({{ filter_array(any_recent_times(steps), 'seen_at', 'seen_at is not null') }}) as times
    from any_events
    group by funnel, person_key, occurred_at, window_seconds
        {%- for rank in range(1, steps + 1) %}, last_{{ rank }}{% endfor %}

),

chains as (

    {{ union_of_chains('chain', steps) }}
    union all
    {{ union_of_chains('strict', steps) }}
    union all
    select
        funnel,
        person_key,
        cast(cardinality(times) as int) as depth,
        ended_at,
        {%- for rank in range(1, steps + 1) %}
        {{ array_get('times', rank) }} as at_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from any_recent

),

-- two chains of equal depth may end at one moment only in strict order: the later start stands
final as (

    select
        funnel,
        person_key,
        depth,
        ended_at,
        {%- for rank in range(1, steps + 1) %}
        max(at_{{ rank }}) as at_{{ rank }}{{ ',' if not loop.last }}
        {%- endfor %}
    from chains
    group by funnel, person_key, depth, ended_at

)

select * from final
