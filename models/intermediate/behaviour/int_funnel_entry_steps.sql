{#-
  One row per attempt at a funnel and step done in it. An optional step counts where it was done
  between the required steps around it (after the last one: within the window); the steps of a
  funnel in any order are numbered as they were done.
-#}
{%- set steps = funnel_max_steps() -%}
with

attempts as (

    select * from {{ ref('int_funnel_attempts') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

required_times as (

    {%- for rank in range(1, steps + 1) %}
    select
        funnel_number,
        person_number,
        entry_number,
        {{ rank }} as required_rank,
        at_{{ rank }} as reached_at,
        {{ 'at_' ~ (rank + 1) if rank < steps else 'cast(null as timestamp)' }} as next_reached_at,
        entered_at
    from attempts
    where at_{{ rank }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

required_steps as (

    select
        required_times.funnel_number,
        required_times.person_number,
        required_times.entry_number,
        funnel_steps.step,
        required_times.required_rank,
        funnel_steps.is_optional,
        required_times.reached_at,
        required_times.next_reached_at
    from required_times
    inner join funnel_steps
        on
            required_times.funnel_number = funnel_steps.funnel_number
            and required_times.required_rank = funnel_steps.required_rank

),

-- an optional step follows the required step with the highest number below its own
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

optional_done as (

    select
        required_times.funnel_number,
        required_times.person_number,
        required_times.entry_number,
        optional_steps.step,
        optional_steps.after_rank as required_rank,
        true as is_optional,
        min(funnel_events.occurred_at) as reached_at,
        max(required_times.next_reached_at) as next_reached_at
    from required_times
    inner join optional_steps
        on
            required_times.funnel_number = optional_steps.funnel_number
            and required_times.required_rank = optional_steps.after_rank
    inner join funnel_events
        on
            required_times.funnel_number = funnel_events.funnel_number
            and required_times.person_number = funnel_events.person_number
            and optional_steps.step = funnel_events.step
            and required_times.reached_at <= funnel_events.occurred_at
    where
        (required_times.next_reached_at is null or funnel_events.occurred_at <= required_times.next_reached_at)
        and {{ seconds_between('required_times.reached_at', 'funnel_events.occurred_at') }} <= optional_steps.within_seconds
        and {{ seconds_between('required_times.entered_at', 'funnel_events.occurred_at') }} <= optional_steps.window_seconds
    group by
        required_times.funnel_number,
        required_times.person_number,
        required_times.entry_number,
        optional_steps.step,
        optional_steps.after_rank

),

final as (

    select * from required_steps
    union all
    select * from optional_done

)

select * from final
