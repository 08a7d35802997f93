{#-
  One row per funnel and attempt of a person at it. Attempts of people without consent to analytics stay:
  each under a token of its own, which joins it neither to the person nor to their other attempts.
-#}
{{ config(sliced_by='int_funnel_attempts') }}
{%- set steps = funnel_max_steps() -%}
with

attempts as (

    select *
    from {{ ref('int_funnel_attempts') }}
    where {{ in_this_slice('person_number') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

beginnings as (

    select * from {{ ref('int_funnel_beginnings') }}

),

placed as (

    select * from {{ ref('int_touches_placed') }}

),

kinds as (

    select * from {{ ref('int_touch_kinds') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

withheld_identities as (

    select * from {{ ref('int_identities_withheld') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. a window that is not over may still bring the next step: neither won nor lost
judged as (

    select
        attempts.*,
        funnel_steps.funnel,
        not attempts.is_converted
        and {{ seconds_between('attempts.last_entered_at', 'reference_date.as_of_at') }} <= funnel_steps.window_seconds as is_open,
        funnel_steps.step as last_step
    from attempts
    inner join funnel_steps
        on
            attempts.funnel_number = funnel_steps.funnel_number
            and attempts.steps_reached = funnel_steps.required_rank
    cross join reference_date

),

-- 2. what came after an attempt that was dropped is the place after its last moment
drops as (

    select
        judged.funnel_number,
        judged.person_number,
        judged.entry_number,
        kinds.touchpoint_type,
        kinds.channel,
        placed.occurred_at
    from judged
    inner join placed
        on
            judged.person_number = placed.person_number
            and judged.last_moment + 1 = placed.place
    inner join kinds on placed.kind_number = kinds.kind_number
    where not judged.is_converted and not judged.is_open

),

described_people as (

    select
        people.person_number,
        people.person_key,
        customers.customer_id,
        customers.home_region as region,
        segments.segment,
        consent.customer_id is null and withheld_identities.identity_key is null as is_shown
    from people
    left join customers on people.person_key = customers.customer_id
    left join segments on people.person_key = segments.customer_id
    left join consent on people.person_key = consent.customer_id
    left join withheld_identities on people.person_key = withheld_identities.identity_key

),

final as (

    select
        -- key
        judged.funnel,
        case
            when described_people.is_shown then described_people.person_key
            else {{ salted_hash([
                "'withheld'", 'judged.funnel', 'described_people.person_key', 'cast(judged.entry_number as string)'
            ]) }}
        end as person_key,
        judged.entry_number,

        -- attributes
        case when described_people.is_shown then described_people.customer_id end as customer_id,
        case when described_people.is_shown then beginnings.touchpoint_id end as first_touchpoint_id,
        beginnings.channel,
        described_people.region,
        described_people.segment,
        beginnings.device_platform,
        beginnings.campaign_id,
        beginnings.entry_source,
        judged.is_converted as converted,
        judged.is_open as still_open,
        case when not judged.is_converted and not judged.is_open then judged.last_step end as dropped_at_step,
        drops.touchpoint_type as next_touchpoint_after_drop,
        drops.channel as next_channel_after_drop,

        -- measures
        judged.steps_reached,
        {{ seconds_between('judged.entered_at', 'judged.last_step_at') }} as seconds_to_last_step,

        -- times
        {{ local_date('judged.entered_at') }} as entered_on,
        judged.entered_at,
        judged.last_entered_at,
        judged.last_step_at,
        drops.occurred_at as next_touchpoint_at,
        {%- for step in range(1, steps + 1) %}
        judged.step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from judged
    inner join described_people on judged.person_number = described_people.person_number
    left join beginnings
        on
            judged.funnel_number = beginnings.funnel_number
            and judged.person_number = beginnings.person_number
            and judged.entry_number = beginnings.entry_number
    left join drops
        on
            judged.funnel_number = drops.funnel_number
            and judged.person_number = drops.person_number
            and judged.entry_number = drops.entry_number

)

select * from final
