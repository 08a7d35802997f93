{#-
  One row per funnel, person and attempt (one, or where the funnel repeats several): how deep it went, and when each
  step was done. Of an attempt's chains the deepest counts, of equally deep ones the first to get there. An optional
  step counts where it was done between the required steps around it (after the last one: within the window);
  steps in any order are numbered as they were done.
-#}
{%- set steps = funnel_max_steps() -%}
{%- set inline = per_engine('not materialized', '') -%}
with

chains as {{ inline }} (

    select * from {{ ref('int_funnel_chains') }}

),

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

starts as (

    select * from {{ ref('int_funnel_starts') }}

),

funnels as (

    select
        funnel_number,
        max(required_steps) as required_steps,
        max(case when repeat_entries then 1 else 0 end) = 1 as repeat_entries
    from funnel_steps
    group by funnel_number

),

-- 1. of each attempt the deepest chain
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
        starts.entry_number
    from chains
    inner join starts
        on
            chains.funnel_number = starts.funnel_number
            and chains.person_number = starts.person_number
            and chains.at_1 = starts.started_at

),

ranked as (

    select
        *,
        max(last_start_at) over (partition by funnel_number, person_number, entry_number) as last_entered_at,
        row_number() over (
            partition by funnel_number, person_number, entry_number
            order by depth desc, moment asc
        ) as chain_rank
    from attempt_chains

),

deepest as (

    select * from ranked
    where chain_rank = 1

),

-- 2. an optional step follows the required step with the highest number below its own
optional_steps as (

    select
        optional.funnel_number,
        optional.step,
        optional.within_seconds,
        optional.window_seconds,
        max(required.required_rank) as after_rank
    from funnel_steps as optional
    inner join funnel_steps as required
        on
            optional.funnel_number = required.funnel_number
            and optional.step > required.step
            and required.required_rank is not null
    where optional.is_optional
    group by optional.funnel_number, optional.step, optional.within_seconds, optional.window_seconds

),

openings as (

    {%- for rank in range(1, steps + 1) %}
    select
        deepest.funnel_number,
        deepest.person_number,
        deepest.entry_number,
        deepest.at_1 as entered_at,
        deepest.at_{{ rank }} as opens_at,
        {{ 'deepest.at_' ~ (rank + 1) if rank < steps else 'cast(null as timestamp)' }} as closes_at,
        optional_steps.step,
        optional_steps.within_seconds,
        optional_steps.window_seconds
    from deepest
    inner join optional_steps on deepest.funnel_number = optional_steps.funnel_number
    where optional_steps.after_rank = {{ rank }} and deepest.at_{{ rank }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

optional_done as (

    select
        openings.funnel_number,
        openings.person_number,
        openings.entry_number,
        {%- for step in range(1, steps + 1) %}
        min(case when openings.step = {{ step }} then funnel_events.occurred_at end) as optional_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from openings
    inner join funnel_events
        on
            openings.funnel_number = funnel_events.funnel_number
            and openings.person_number = funnel_events.person_number
            and openings.step = funnel_events.step
            and openings.opens_at <= funnel_events.occurred_at
    where
        (openings.closes_at is null or funnel_events.occurred_at <= openings.closes_at)
        and {{ seconds_between('openings.opens_at', 'funnel_events.occurred_at') }} <= openings.within_seconds
        and {{ seconds_between('openings.entered_at', 'funnel_events.occurred_at') }} <= openings.window_seconds
    group by openings.funnel_number, openings.person_number, openings.entry_number

),

-- 3. the required steps by the number that they have among all
layouts as (

    select
        funnel_number,
        {%- for step in range(1, steps + 1) %}
        max(case when step = {{ step }} then required_rank end) as rank_{{ step }}{{ ',' if not loop.last }}
        {%- endfor %}
    from funnel_steps
    group by funnel_number

),

final as (

    select
        deepest.funnel_number,
        deepest.person_number,
        deepest.entry_number,
        deepest.depth as steps_reached,
        deepest.depth = funnels.required_steps as is_converted,
        deepest.moment as last_moment,
        deepest.at_1 as entered_at,
        deepest.ended_at as last_step_at,
        deepest.last_entered_at,
        {%- for step in range(1, steps + 1) %}
        case
            {%- for rank in range(step, 0, -1) %}
            when layouts.rank_{{ step }} = {{ rank }} then deepest.at_{{ rank }}
            {%- endfor %}
            else optional_done.optional_{{ step }}_at
        end as step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from deepest
    inner join funnels on deepest.funnel_number = funnels.funnel_number
    inner join layouts on deepest.funnel_number = layouts.funnel_number
    left join optional_done
        on
            deepest.funnel_number = optional_done.funnel_number
            and deepest.person_number = optional_done.person_number
            and deepest.entry_number = optional_done.entry_number

)

select * from final
