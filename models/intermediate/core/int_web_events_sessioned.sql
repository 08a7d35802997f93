{#-
  One row per accepted web or app event, with its session: a run of events of one device (of one
  account where no device is known) with gaps under var session_gap_minutes. A session is named
  after its first event. Incremental by day, see macros/incremental.

  A session that runs over midnight goes on in the next day's rows: with a changed day the days
  after it are rebuilt too, as many as the longest session known spans.
-#}
{{ config(**days_replaced_config('occurred_on')) }}
{%- set inline = per_engine('not materialized', '') %}
-- depends_on: {{ ref('int_web_visitor_keys') }}
with

described as {{ inline }} (

    select * from {{ ref('int_web_events_described') }}

),

{% if is_incremental() -%}
visitors as (

    select * from {{ ref('int_web_visitor_keys') }}

),

-- 1. the days to rebuild: those that differ, and as many after them as a session may reach
{{ differing_days_ctes('described', 'occurred_on') }},

longest_session as (

    select coalesce(max({{ days_between('session_started_on', 'occurred_on') }}), 0) + 1 as reach_days
    from {{ this }}
    where not is_tombstone

),

rebuilt_days as (

    select source_days.occurred_on
    from source_days
    cross join longest_session
    inner join differing_days
        on
            source_days.occurred_on >= differing_days.occurred_on
            and source_days.occurred_on <= {{ add_days('differing_days.occurred_on', 'longest_session.reach_days') }}
    group by source_days.occurred_on

),

selected as (

    select described.*
    from described
    semi join rebuilt_days on described.occurred_on = rebuilt_days.occurred_on

),

-- sessions still open at the end of a day that stays as it is
open_sessions as (

    select
        coalesce(kept.device_key, kept.account_key) as visitor_key,
        max(kept.occurred_at) as occurred_at,
        max_by(
            {{ struct_of({'id': 'kept.session_id', 'started_at': 'kept.session_started_at'}) }},
            {{ struct_of({'at_time': 'kept.occurred_at', 'event_id': 'kept.event_id'}) }}
        ) as known_session
    from {{ this }} as kept
    inner join rebuilt_days on kept.occurred_on = {{ add_days('rebuilt_days.occurred_on', -1) }}
    anti join rebuilt_days as also_rebuilt on kept.occurred_on = also_rebuilt.occurred_on
    -- a day that is gone takes its open sessions with it
    anti join differing_days on kept.occurred_on = differing_days.occurred_on
    where not kept.is_tombstone
    group by coalesce(kept.device_key, kept.account_key), kept.occurred_on

),
{%- else -%}
selected as {{ inline }} (

    select * from described

),
{%- endif %}

-- 2. the moments of each visitor, by numbers: what happens at one moment is of one session
moments as (

    select
        visitor_number,
        occurred_at,
        min(event_id) as first_event_id,
        cast(null as string) as known_session_id,
        cast(null as timestamp) as known_started_at
    from selected
    group by visitor_number, occurred_at
    {%- if is_incremental() %}
    union all
    select
        coalesce(visitors.visitor_number, 0) as visitor_number,
        open_sessions.occurred_at,
        cast(null as string) as first_event_id,
        open_sessions.known_session.id as known_session_id,
        open_sessions.known_session.started_at as known_started_at
    from open_sessions
    left join visitors on open_sessions.visitor_key = visitors.identity_key
    where visitors.visitor_number is not null or open_sessions.visitor_key is null
    {%- endif %}

),

with_previous as (

    select
        *,
        lag(occurred_at) over (
            partition by visitor_number
            order by occurred_at asc
        ) as previous_at
    from moments

),

with_starts as (

    select
        *,
        known_session_id is not null
        or previous_at is null
        or {{ seconds_between('previous_at', 'occurred_at') }} >= {{ (var('session_gap_minutes') | int) * 60 }} as is_start
    from with_previous

),

numbered as (

    select
        *,
        sum(case when is_start then 1 else 0 end) over (
            partition by visitor_number
            order by occurred_at asc
            rows between unbounded preceding and current row
        ) as session_no
    from with_starts

),

-- 3. a known session starts where it is taken up: with its own name and time
starts as (

    select
        visitor_number,
        session_no,
        coalesce(known_session_id, concat('web_events:', first_event_id)) as session_id,
        coalesce(known_started_at, occurred_at) as session_started_at
    from numbered
    where is_start

),

sessioned as (

    select
        numbered.visitor_number,
        numbered.occurred_at,
        starts.session_id,
        starts.session_started_at
    from numbered
    inner join starts
        on
            numbered.visitor_number = starts.visitor_number
            and numbered.session_no = starts.session_no
    where numbered.known_session_id is null

),

final as (

    select
        -- key
        selected.event_id,
        sessioned.session_id,
        selected.account_key,
        selected.device_key,

        -- attributes
        selected.source_system,
        selected.touchpoint_type,
        selected.channel,
        selected.device_platform,
        selected.page_path,
        selected.product_id,
        selected.category,
        selected.content_id,
        selected.content_topic,
        selected.feature,
        selected.creative_id,
        selected.campaign_id,
        selected.entry_source,
        selected.search_term,
        selected.order_id,
        selected.error_code,
        selected.experiment_variant,

        -- measures
        selected.dwell_seconds,
        selected.page_load_ms,

        -- times
        selected.occurred_at,
        sessioned.session_started_at,
        {{ local_date('sessioned.session_started_at') }} as session_started_on,

        -- housekeeping; the day comes last (partition column)
        selected.row_print,
        false as is_tombstone,
        selected.occurred_on
    from selected
    left join sessioned
        on
            selected.visitor_number = sessioned.visitor_number
            and selected.occurred_at = sessioned.occurred_at

)

select * from final
{{ gone_days('differing_days', 'occurred_on', 'event_id') }}
