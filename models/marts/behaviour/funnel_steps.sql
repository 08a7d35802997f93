{#- One row per funnel, breakdown, breakdown value and step. -#}
{%- set breakdowns = {
    'channel': 'channel', 'region': 'region', 'segment': 'segment', 'device': 'device_platform',
    'campaign': 'campaign_id', 'entry_source': 'entry_source',
} -%}
{%- set steps = funnel_max_steps() -%}
{%- set inline = per_engine('not materialized', '') -%}
with

entries as {{ inline }} (

    select * from {{ ref('funnel_entries') }}

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

-- 2. each step done, and whether the next required one followed
ordered_steps as (

    select
        funnel,
        step,
        min(case when not is_optional then step end) over (
            partition by funnel
            order by step asc
            rows between 1 following and unbounded following
        ) as next_step
    from funnel_steps

),

taken as {{ inline }} (

    {%- for step in range(1, steps + 1) %}
    select
        entries.funnel,
        cast({{ step }} as int) as step,
        {%- for column in breakdowns.values() %}
        entries.{{ column }},
        {%- endfor %}
        entries.still_open,
        entries.step_{{ step }}_at as reached_at,
        {%- if step < steps %}
        case
            {%- for later in range(step + 1, steps + 1) %}
            when ordered_steps.next_step = {{ later }} then entries.step_{{ later }}_at
            {%- endfor %}
            else cast(null as timestamp)
        end as next_reached_at
        {%- else %}
        cast(null as timestamp) as next_reached_at
        {%- endif %}
    from entries
    inner join ordered_steps on entries.funnel = ordered_steps.funnel and ordered_steps.step = {{ step }}
    where entries.step_{{ step }}_at is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

reached as (

    select
        *,
        next_reached_at is null and still_open as is_open,
        case
            when next_reached_at is not null
                then {{ seconds_between('reached_at', 'next_reached_at') }}
        end as seconds_to_next
    from taken

),

-- 3. each breakdown by itself
sliced as (

    select
        funnel,
        step,
        '(all)' as breakdown,
        '(all)' as breakdown_value,
        is_open,
        seconds_to_next
    from reached

    {%- for breakdown, column in breakdowns.items() %}
    union all
    select
        reached.funnel,
        reached.step,
        '{{ breakdown }}' as breakdown,
        coalesce(reached.{{ column }}, '(none)') as breakdown_value,
        reached.is_open,
        reached.seconds_to_next
    from reached
    inner join wanted on reached.funnel = wanted.funnel and wanted.breakdown = '{{ breakdown }}'
    {%- endfor %}

),

counted as (

    select
        funnel,
        breakdown,
        breakdown_value,
        step,
        count(*) as entered,
        count(seconds_to_next) as moved_on,
        count(case when is_open then 1 end) as still_open,
        median(seconds_to_next) as median_seconds
    from sliced
    group by funnel, breakdown, breakdown_value, step

),

-- every step of a slice, also one that nobody reached; every attempt has done the first
slices as (

    select
        funnel,
        breakdown,
        breakdown_value,
        entered as entry_count
    from counted
    where step = 1

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
    inner join funnel_steps on slices.funnel = funnel_steps.funnel
    left join counted
        on
            slices.funnel = counted.funnel
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
        case when not is_last_step and entered > 0 then {{ wilson_low('converted', 'entered') }} end as rate_low,
        case when not is_last_step and entered > 0 then {{ wilson_high('converted', 'entered') }} end as rate_high,
        {{ safe_divide('entered', 'entry_count') }} as share_of_entries,
        entered < 30 as is_small_sample,
        median_seconds as median_seconds_to_convert
    from settled

)

select * from final
