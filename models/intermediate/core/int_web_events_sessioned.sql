{#-
  One row per accepted web or app event, with its session: a run of events of one device (of one
  account where no device is known) with gaps under var session_gap_minutes. A session is named
  after its first event. Incremental by day, see macros/incremental.

  A session that runs over midnight goes on in the next day's rows: with a changed day the days
  after it are rebuilt too, as many as the longest session known spans.
-#}
{{ config(**days_replaced_config('occurred_on')) }}
{%- set inline = per_engine('not materialized', '') -%}
{%- set printed = [
    'event_id', 'source_system', 'occurred_at', 'touchpoint_type', 'channel', 'device_platform',
    'account_scope', 'account_id', 'device_id', 'page_path', 'product_id', 'category', 'content_id',
    'content_topic', 'feature', 'creative_id', 'campaign_id', 'entry_source', 'search_term',
    'order_id', 'dwell_seconds', 'page_load_ms', 'error_code', 'experiment_variant',
    salted_hash(["'print'"]),
] -%}
with

web_events as {{ inline }} (

    select * from {{ ref('stg_behaviour__web_events') }}

),

channel_map as (

    select * from {{ ref('channel_map') }}

),

-- 1. referring pages are few: look them up once each
referrers as (

    select
        web_events.referrer,
        coalesce(max_by(channel_map.channel, length(channel_map.source_word)), 'referral') as channel
    from web_events
    left join channel_map
        on
            channel_map.context = 'referrer'
            and position(channel_map.source_word in lower(web_events.referrer)) > 0
    where web_events.referrer is not null
    group by web_events.referrer

),

described as {{ inline }} (

    select
        web_events.event_id,
        web_events.source_system,
        web_events.occurred_at,
        web_events.event_type as touchpoint_type,
        coalesce(platforms.channel, systems.channel, web_events.source_system) as channel,
        web_events.platform as device_platform,
        web_events.account_scope,
        web_events.account_id,
        web_events.device_id,
        {{ page_without_query('web_events.page_path') }} as page_path,
        web_events.product_id,
        web_events.category,
        web_events.content_id,
        web_events.content_topic,
        web_events.feature,
        web_events.creative_id,
        web_events.utm_campaign as campaign_id,
        coalesce(
            mediums.channel, sources.channel, web_events.utm_medium, web_events.utm_source, referrers.channel
        ) as entry_source,
        {{ normalised_search_term('web_events.search_term') }} as search_term,
        web_events.order_id,
        cast(web_events.dwell_ms as double) / 1e3 as dwell_seconds,
        web_events.page_load_ms,
        web_events.error_code,
        web_events.experiment_variant,
        {{ local_date('web_events.occurred_at') }} as occurred_on
    from web_events
    left join channel_map as platforms
        on web_events.platform = platforms.source_word and platforms.context = 'platform'
    left join channel_map as systems
        on web_events.source_system = systems.source_word and systems.context = 'system'
    left join channel_map as mediums
        on web_events.utm_medium = mediums.source_word and mediums.context = 'utm_medium'
    left join channel_map as sources
        on web_events.utm_source = sources.source_word and sources.context = 'utm_source'
    left join referrers on web_events.referrer = referrers.referrer

),

printed as {{ inline }} (

    select
        *,
        {{ row_print(printed) }} as row_print
    from described

),

{% if is_incremental() -%}
-- 2. the days to rebuild: those that differ, and as many after them as a session may reach
{{ differing_days_ctes('printed', 'occurred_on') }},

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

    select printed.*
    from printed
    semi join rebuilt_days on printed.occurred_on = rebuilt_days.occurred_on

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

    select * from printed

),
{%- endif %}

keyed as {{ inline }} (

    select
        *,
        {{ account_key() }} as account_key,
        case
            when device_id is not null then {{ salted_hash(["'device'", 'device_id']) }}
        end as device_key
    from selected

),

-- 3. only what the sessions need goes through the sort
narrow as (

    select
        event_id,
        coalesce(device_key, account_key) as visitor_key,
        occurred_at,
        cast(null as string) as known_session_id,
        cast(null as timestamp) as known_started_at
    from keyed
    {%- if is_incremental() %}
    union all
    select
        '' as event_id,
        visitor_key,
        occurred_at,
        known_session.id as known_session_id,
        known_session.started_at as known_started_at
    from open_sessions
    {%- endif %}

),

with_previous as (

    select
        *,
        lag(occurred_at) over (
            partition by visitor_key
            order by occurred_at asc, event_id asc
        ) as previous_at
    from narrow

),

-- a known session starts where it is taken up: with its own name and time
with_starts as (

    select
        event_id,
        visitor_key,
        occurred_at,
        case
            when known_session_id is not null then known_session_id
            when
                previous_at is null
                or {{ seconds_between('previous_at', 'occurred_at') }} >= {{ (var('session_gap_minutes') | int) * 60 }}
                then concat('web_events:', event_id)
        end as starting_session_id,
        case
            when known_session_id is not null then known_started_at
            when
                previous_at is null
                or {{ seconds_between('previous_at', 'occurred_at') }} >= {{ (var('session_gap_minutes') | int) * 60 }}
                then occurred_at
        end as starting_at
    from with_previous

),

sessioned as (

    select
        event_id,
        {{ last_known('starting_session_id', 'visitor_key', 'occurred_at asc, event_id asc') }} as session_id,
        {{ last_known('starting_at', 'visitor_key', 'occurred_at asc, event_id asc') }} as session_started_at
    from with_starts

),

final as (

    select
        -- key
        keyed.event_id,
        sessioned.session_id,
        keyed.account_key,
        keyed.device_key,

        -- attributes
        keyed.source_system,
        keyed.touchpoint_type,
        keyed.channel,
        keyed.device_platform,
        keyed.page_path,
        keyed.product_id,
        keyed.category,
        keyed.content_id,
        keyed.content_topic,
        keyed.feature,
        keyed.creative_id,
        keyed.campaign_id,
        keyed.entry_source,
        keyed.search_term,
        keyed.order_id,
        keyed.error_code,
        keyed.experiment_variant,

        -- measures
        keyed.dwell_seconds,
        keyed.page_load_ms,

        -- times
        keyed.occurred_at,
        sessioned.session_started_at,
        {{ local_date('sessioned.session_started_at') }} as session_started_on,

        -- housekeeping; the day comes last (partition column)
        keyed.row_print,
        false as is_tombstone,
        keyed.occurred_on
    from keyed
    inner join sessioned on keyed.event_id = sessioned.event_id

)

select * from final
{{ gone_days('differing_days', 'occurred_on', 'event_id') }}
