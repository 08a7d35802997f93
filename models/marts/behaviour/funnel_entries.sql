{#- One row per funnel and attempt of a person at it. -#}
{%- set steps = funnel_max_steps() -%}
with

entries as (

    select * from {{ ref('int_funnel_entries_described') }}

),

entry_steps as (

    select * from {{ ref('int_funnel_entry_steps') }}

),

drops as (

    select * from {{ ref('int_funnel_drops') }}

),

step_times as (

    select
        funnel_number,
        person_number,
        entry_number,
        {%- for step in range(1, steps + 1) %}
        max(case when step = {{ step }} then reached_at end) as step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from entry_steps
    group by funnel_number, person_number, entry_number

),

final as (

    select
        -- key
        entries.funnel,
        entries.person_key,
        entries.entry_number,

        -- attributes
        entries.customer_id,
        entries.first_touchpoint_id,
        entries.channel,
        entries.region,
        entries.segment,
        entries.device_platform,
        entries.campaign_id,
        entries.entry_source,
        entries.is_converted as converted,
        entries.is_open as still_open,
        entries.dropped_at_step,
        drops.touchpoint_type as next_touchpoint_after_drop,
        drops.channel as next_channel_after_drop,

        -- measures
        entries.steps_reached,
        {{ seconds_between('entries.entered_at', 'entries.last_step_at') }} as seconds_to_last_step,

        -- times
        entries.entered_at,
        entries.last_entered_at,
        entries.last_step_at,
        drops.occurred_at as next_touchpoint_at,
        {%- for step in range(1, steps + 1) %}
        step_times.step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from entries
    inner join step_times
        on
            entries.funnel_number = step_times.funnel_number
            and entries.person_number = step_times.person_number
            and entries.entry_number = step_times.entry_number
    left join drops
        on
            entries.funnel_number = drops.funnel_number
            and entries.person_number = drops.person_number
            and entries.entry_number = drops.entry_number

)

select * from final
