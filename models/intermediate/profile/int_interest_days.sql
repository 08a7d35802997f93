{#-
  One row per account, local day, event type and value that the day's online events named: what a
  preference is counted from. Days that changed are replaced whole; a marker row `(day)` keeps each
  day's row count and fingerprint. event_type `(any)` counts events of all types.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy=per_engine('delete+insert', 'insert_overwrite'),
    unique_key='activity_on',
    partition_by=per_engine(none, ['activity_on']),
    on_schema_change='fail',
) }}
{%- set dimensions = [
    ('platform', '(any)'), ('hour', '(any)'), ('content_topic', '(any)'), ('event', 'event_type'),
    ('category', 'event_type'), ('feature', 'event_type'),
] -%}
with

events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

changed_days as (

    select * from {{ ref('int_interest_days_changed') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

-- 1. the events of the days to be replaced
events_of_days as (

    select
        events.source_system,
        events.account_id,
        changed_days.activity_on,
        events.event_type,
        events.event_type as event,
        events.platform,
        {{ as_text('hour(' ~ local_time('events.occurred_at') ~ ')') }} as hour,
        events.category,
        events.content_topic,
        events.feature
    from events
    inner join changed_days on {{ local_date('events.occurred_at') }} = changed_days.activity_on
    where events.account_id is not null

),

-- 2. one count per value named
counted as (

    select
        source_system,
        account_id,
        activity_on,
        case
            {%- for dimension, event_type in dimensions %}
            when grouping({{ dimension }}) = 0
                then {{ "'(any)'" if event_type == '(any)' else 'event_type' }}
            {%- endfor %}
        end as event_type,
        case
            {%- for dimension, event_type in dimensions %}
            when grouping({{ dimension }}) = 0 then '{{ dimension }}'
            {%- endfor %}
        end as dimension,
        case
            {%- for dimension, event_type in dimensions %}
            when grouping({{ dimension }}) = 0 then {{ dimension }}
            {%- endfor %}
        end as dimension_value,
        count(*) as event_count
    from events_of_days
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ( -- noqa: PRS
        {%- for dimension, event_type in dimensions %}
        (source_system, account_id, activity_on, {{ dimension }}{{ ', event_type' if event_type == 'event_type' }}){{ ',' if not loop.last }}
        {%- endfor %}
    )

),

named as (

    select
        accounts.account_key,
        counted.event_type,
        counted.dimension,
        counted.dimension_value,
        counted.event_count,
        counted.activity_on
    from counted
    inner join accounts
        on
            counted.source_system = accounts.source_system
            and counted.account_id = accounts.account_id
    where counted.dimension_value is not null

),

-- 3. what the next build compares a day with
markers as (

    select
        '(day)' as account_key,
        '(day)' as event_type,
        '(day)' as dimension,
        {{ as_text('fingerprint_sum') }} as dimension_value,
        row_count as event_count,
        activity_on
    from changed_days

),

final as (

    select
        account_key,
        event_type,
        dimension,
        dimension_value,
        event_count,
        activity_on
    from named

    union all

    select
        account_key,
        event_type,
        dimension,
        dimension_value,
        event_count,
        activity_on
    from markers

)

select * from final
