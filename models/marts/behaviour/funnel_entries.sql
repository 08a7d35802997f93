{#-
  One row per funnel and attempt of a person at it. Attempts of people without consent to analytics stay:
  each under a token of its own, which joins it neither to the person nor to their other attempts.
-#}
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

consent as (

    select * from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

withheld_identities as (

    select * from {{ ref('int_identities_withheld') }}

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

shown as (

    select
        entries.*,
        consent.customer_id is null and withheld_identities.identity_key is null as is_shown
    from entries
    left join consent on entries.customer_id = consent.customer_id
    left join withheld_identities on entries.person_key = withheld_identities.identity_key

),

final as (

    select
        -- key
        shown.funnel,
        case
            when shown.is_shown then shown.person_key
            else {{ salted_hash(["'withheld'", 'shown.funnel', 'shown.person_key', 'cast(shown.entry_number as string)']) }}
        end as person_key,
        shown.entry_number,

        -- attributes
        case when shown.is_shown then shown.customer_id end as customer_id,
        case when shown.is_shown then shown.first_touchpoint_id end as first_touchpoint_id,
        shown.channel,
        shown.region,
        shown.segment,
        shown.device_platform,
        shown.campaign_id,
        shown.entry_source,
        shown.is_converted as converted,
        shown.is_open as still_open,
        shown.dropped_at_step,
        drops.touchpoint_type as next_touchpoint_after_drop,
        drops.channel as next_channel_after_drop,

        -- measures
        shown.steps_reached,
        {{ seconds_between('shown.entered_at', 'shown.last_step_at') }} as seconds_to_last_step,

        -- times
        shown.entered_at,
        shown.last_entered_at,
        shown.last_step_at,
        drops.occurred_at as next_touchpoint_at,
        {%- for step in range(1, steps + 1) %}
        step_times.step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from shown
    inner join step_times
        on
            shown.funnel_number = step_times.funnel_number
            and shown.person_number = step_times.person_number
            and shown.entry_number = step_times.entry_number
    left join drops
        on
            shown.funnel_number = drops.funnel_number
            and shown.person_number = drops.person_number
            and shown.entry_number = drops.entry_number

)

select * from final
