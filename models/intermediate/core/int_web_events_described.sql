{#-
  One row per accepted web or app event as later steps want it: keys instead of ids, the channel it came
  by and on, cleaned texts, and a print of all of it, by which int_web_events_sessioned knows changed days.
  A view: it hashes nothing, the keys stand in int_web_visitor_keys.
-#}
{{ config(materialized='view') }}
{%- set inline = per_engine('not materialized', '') -%}
{%- set once = per_engine('materialized', '') -%}
{%- set printed = [
    'event_id', 'source_system', 'occurred_at', 'touchpoint_type', 'channel', 'device_platform',
    'account_key', 'device_key', 'page_path', 'product_id', 'category', 'content_id',
    'content_topic', 'feature', 'creative_id', 'campaign_id', 'entry_source', 'search_term',
    'order_id', 'dwell_seconds', 'page_load_ms', 'error_code', 'experiment_variant',
] -%}
with

web_events as {{ inline }} (

    select * from {{ ref('stg_behaviour__web_events') }}

),

channel_map as (

    select * from {{ ref('channel_map') }}

),

devices as (

    select * from {{ ref('int_web_visitor_keys') }}
    where device_id is not null

),

accounts as (

    select * from {{ ref('int_web_visitor_keys') }}
    where account_id is not null

),

-- 1. referring pages are few: look them up once each
referring_pages as (

    select referrer
    from web_events
    where referrer is not null
    group by referrer

),

referrers as {{ once }} (

    select
        referring_pages.referrer,
        coalesce(max_by(channel_map.channel, length(channel_map.source_word)), 'referral') as channel
    from referring_pages
    left join channel_map
        on
            channel_map.context = 'referrer'
            and position(channel_map.source_word in lower(referring_pages.referrer)) > 0
    group by referring_pages.referrer

),

described as {{ inline }} (

    select
        web_events.event_id,
        web_events.source_system,
        web_events.occurred_at,
        web_events.event_type as touchpoint_type,
        coalesce(platforms.channel, systems.channel, web_events.source_system) as channel,
        web_events.platform as device_platform,
        accounts.identity_key as account_key,
        devices.identity_key as device_key,
        -- whose events follow each other; 0: nobody's
        coalesce(devices.visitor_number, accounts.visitor_number, 0) as visitor_number,
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
    left join devices on web_events.device_id = devices.device_id
    left join accounts
        on
            web_events.account_id = accounts.account_id
            and coalesce(web_events.account_scope, web_events.source_system) = accounts.account_scope
            and web_events.source_system is not null
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

final as (

    select
        *,
        {{ row_print(printed) }} as row_print
    from described

)

select * from final
