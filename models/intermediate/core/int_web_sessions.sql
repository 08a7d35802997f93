{#-
  One row per web or app session, with what happened in it. Incremental by the day the session
  started on, see macros/incremental: a day is rebuilt when the events of its sessions differ.
-#}
{{ config(**days_replaced_config('started_on')) }}
{%- set inline = per_engine('not materialized', '') -%}
{%- set counted = {
    'page_view_count': ['page_view'], 'product_view_count': ['product_view'], 'search_count': ['search'],
    'login_count': ['login'], 'cart_count': ['add_to_cart'], 'checkout_count': ['checkout_start'],
    'payment_count': ['payment_start'], 'purchase_count': ['purchase'],
    'social_count': ['share', 'like', 'comment', 'follow'],
} -%}
{%- set is_first = "concat('web_events:', event_id) = session_id" -%}
{%- set last_first = struct_of({'at_time': 'occurred_at', 'event_id': 'event_id'}) -%}
with

events as {{ inline }} (

    select
        *,
        session_started_on as started_on,
        {{ row_print(['row_print', 'session_id']) }} as session_print
    from {{ ref('int_web_events_sessioned') }}
    where not is_tombstone

),

{% if is_incremental() -%}
-- prints add up: those of the events of a day's sessions against those the sessions keep
source_days as (

    select
        started_on,
        count(*) as row_count,
        cast(sum(session_print) as bigint) as print_sum
    from events
    group by started_on

),

target_days as (

    select
        started_on,
        cast(sum(event_count) as bigint) as row_count,
        cast(sum(row_print) as bigint) as print_sum
    from {{ this }}
    where not is_tombstone
    group by started_on

),

differing_days as (

    {{ changed_days('source_days', 'target_days', 'started_on') }}

),

events_to_count as (

    select events.*
    from events
    semi join differing_days on events.started_on = differing_days.started_on

),

{% endif -%}
final as (

    select
        -- key
        session_id,
        max_by(account_key, {{ last_first }}) filter (where account_key is not null) as account_key,
        max(device_key) as device_key,

        -- attributes
        max(case when {{ is_first }} then source_system end) as source_system,
        max(case when {{ is_first }} then channel end) as channel,
        max(case when {{ is_first }} then device_platform end) as device_platform,
        max(case when {{ is_first }} then entry_source end) as entry_source,
        max(case when {{ is_first }} then campaign_id end) as entry_campaign_id,
        max(case when {{ is_first }} then page_path end) as entry_page,
        coalesce(min(account_key) != max(account_key), false) as has_several_accounts,
        max(experiment_variant) as experiment_variant,
        max(case when touchpoint_type not in ('checkout_start', 'payment_start', 'purchase') then error_code end) as page_error_code,
        max(case when touchpoint_type in ('checkout_start', 'payment_start', 'purchase') then error_code end) as checkout_error_code,
        max(case when touchpoint_type = 'purchase' then order_id end) as order_id,

        -- measures
        count(*) as event_count,
        {%- for name, types in counted.items() %}
        count(case when touchpoint_type in ('{{ types | join("', '") }}') then 1 end) as {{ name }},
        {%- endfor %}
        max(page_load_ms) as page_load_ms_max,
        avg(cast(page_load_ms as double)) as page_load_ms_mean,
        min_by(page_load_ms, {{ last_first }}) filter (where page_load_ms is not null) as page_load_ms_first,
        sum(least(dwell_seconds, {{ (var('session_gap_minutes') | int) * 60 }}e0)) as dwell_seconds,

        -- times
        min(session_started_at) as started_at,
        max(occurred_at) as ended_at,

        -- housekeeping; the day comes last (partition column)
        cast(sum(session_print) as bigint) as row_print,
        false as is_tombstone,
        started_on
    from {{ 'events_to_count' if is_incremental() else 'events' }}
    group by session_id, started_on

)

select * from final
{{ gone_days('differing_days', 'started_on', 'session_id') }}
