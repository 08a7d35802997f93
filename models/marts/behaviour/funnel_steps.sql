{#- One row per funnel, breakdown, breakdown value and step. -#}
{%- set breakdowns = {
    'channel': 'channel', 'region': 'region', 'segment': 'segment', 'device': 'device_platform',
    'campaign': 'campaign_id', 'entry_source': 'entry_source',
} -%}
{%- set inline = per_engine('not materialized', '') -%}
with

entries as {{ inline }} (

    select * from {{ ref('int_funnel_entries_described') }}

),

entry_steps as (

    select * from {{ ref('int_funnel_entry_steps') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

funnels as (

    select * from {{ ref('funnels') }}

),

-- 1. the breakdowns that a funnel asks for
wanted as (

    select
        funnels.funnel,
        names.breakdown
    from funnels
    {{ explode_array(split_text('cast(funnels.breakdowns as string)', '|'), 'names', 'breakdown') }}

),

sliced as {{ inline }} (

    select
        funnel_number,
        person_number,
        entry_number,
        '(all)' as breakdown,
        '(all)' as breakdown_value
    from entries

    {%- for breakdown, column in breakdowns.items() %}
    union all
    select
        entries.funnel_number,
        entries.person_number,
        entries.entry_number,
        '{{ breakdown }}' as breakdown,
        coalesce(entries.{{ column }}, '(none)') as breakdown_value
    from entries
    inner join wanted on entries.funnel = wanted.funnel and wanted.breakdown = '{{ breakdown }}'
    {%- endfor %}

),

-- 2. each step done, and whether the next required one followed
reached as (

    select
        entry_steps.funnel_number,
        entry_steps.person_number,
        entry_steps.entry_number,
        entry_steps.step,
        entry_steps.next_reached_at is not null as has_next,
        entry_steps.next_reached_at is null and entries.is_open as is_open,
        case
            when entry_steps.next_reached_at is not null
                then {{ seconds_between('entry_steps.reached_at', 'entry_steps.next_reached_at') }}
        end as seconds_to_next
    from entry_steps
    inner join entries
        on
            entry_steps.funnel_number = entries.funnel_number
            and entry_steps.person_number = entries.person_number
            and entry_steps.entry_number = entries.entry_number

),

-- 3. every step of a slice, also one that nobody reached
slices as (

    select
        funnel_number,
        breakdown,
        breakdown_value,
        count(*) as entry_count
    from sliced
    group by funnel_number, breakdown, breakdown_value

),

counted as (

    select
        sliced.funnel_number,
        sliced.breakdown,
        sliced.breakdown_value,
        reached.step,
        count(*) as entered,
        count(case when reached.has_next then 1 end) as moved_on,
        count(case when reached.is_open then 1 end) as still_open,
        median(reached.seconds_to_next) as median_seconds
    from sliced
    inner join reached
        on
            sliced.funnel_number = reached.funnel_number
            and sliced.person_number = reached.person_number
            and sliced.entry_number = reached.entry_number
    group by sliced.funnel_number, sliced.breakdown, sliced.breakdown_value, reached.step

),

joined as (

    select
        funnel_steps.funnel,
        slices.breakdown,
        slices.breakdown_value,
        funnel_steps.step,
        funnel_steps.step_name,
        funnel_steps.label_en,
        funnel_steps.label_zh,
        funnel_steps.ordering,
        funnel_steps.is_optional,
        coalesce(funnel_steps.required_rank = funnel_steps.required_steps, false) as is_last_step,
        slices.entry_count,
        coalesce(counted.entered, 0) as entered,
        coalesce(counted.moved_on, 0) as moved_on,
        coalesce(counted.still_open, 0) as open_count,
        counted.median_seconds
    from slices
    inner join funnel_steps on slices.funnel_number = funnel_steps.funnel_number
    left join counted
        on
            slices.funnel_number = counted.funnel_number
            and slices.breakdown = counted.breakdown
            and slices.breakdown_value = counted.breakdown_value
            and funnel_steps.step = counted.step

),

-- 4. who reached the last step has arrived: nothing is left to convert to
settled as (

    select
        *,
        case when is_last_step then entered else moved_on end as converted,
        case when is_last_step then 0 else open_count end as still_open
    from joined

),

final as (

    select
        -- key
        funnel,
        breakdown,
        breakdown_value,
        step,

        -- attributes
        case when ordering = 'any' then concat('any_', cast(step as string)) else step_name end as step_name,
        case when ordering = 'any' then concat('Any ', cast(step as string), ' of the steps') else label_en end as label_en,
        case when ordering = 'any' then concat('任意', cast(step as string), '步') else label_zh end as label_zh,
        is_optional,
        is_last_step,

        -- measures
        entered,
        converted,
        cast(still_open as bigint) as still_open,
        cast(entered - converted - still_open as bigint) as dropped,
        case when not is_last_step then {{ safe_divide('converted', 'entered') }} end as conversion_rate,
        case when not is_last_step and entered > 0 then {{ wilson_bound('converted', 'entered', 'low') }} end as rate_low,
        case when not is_last_step and entered > 0 then {{ wilson_bound('converted', 'entered', 'high') }} end as rate_high,
        {{ safe_divide('entered', 'entry_count') }} as share_of_entries,
        entered < 30 as is_small_sample,
        median_seconds as median_seconds_to_convert
    from settled

)

select * from final
