{#-
  One row per interaction on any channel: every accepted source row once, with who it was.

  A view: who reads it takes a part, and all its columns in between would fill the disk.
-#}
{{ config(materialized='view') }}
{%- set no_text = 'cast(null as string)' -%}
{%- set shared = [
    'session_id', 'account_key', 'device_key', 'touchpoint_type', 'channel', 'campaign_id', 'creative_id',
    'product_id', 'order_id',
] -%}
with

web_events as (

    select * from {{ ref('int_web_events_sessioned') }}
    where not is_tombstone

),

recorded as (

    select * from {{ ref('int_touchpoints_recorded') }}
    where not is_tombstone

),

session_owners as (

    select * from {{ ref('int_web_session_owners') }}
    where is_whole

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

device_owners as (

    select * from {{ ref('int_device_owners') }}

),

identities as (

    select * from {{ ref('int_identities_numbered') }}

),

-- 1. all interactions in one shape; an event of a session with an owner is the owner's
touches as (

    select
        concat('web_events:', web_events.event_id) as touchpoint_id,
        'web_events' as source_table,
        {%- for column in shared %}
        {{ 'coalesce(web_events.account_key, session_owners.account_key)' if column == 'account_key' else 'web_events.' ~ column }} as {{ column }},
        {%- endfor %}
        {{ no_text }} as bare_account_id,
        {{ no_text }} as store_id,
        {{ no_text }} as associate_id,
        web_events.category,
        web_events.content_id,
        web_events.content_topic,
        web_events.feature,
        web_events.device_platform,
        web_events.page_path,
        web_events.entry_source,
        cast(null as double) as touch_value,
        web_events.occurred_at,
        web_events.occurred_on
    from web_events
    left join session_owners on web_events.session_id = session_owners.session_id

    union all

    select
        touchpoint_id,
        source_table,
        {%- for column in shared %}
        {{ column }},
        {%- endfor %}
        bare_account_id,
        store_id,
        associate_id,
        {%- for column in ['category', 'content_id', 'content_topic', 'feature', 'device_platform', 'page_path', 'entry_source'] %}
        {{ no_text }} as {{ column }},
        {%- endfor %}
        touch_value,
        occurred_at,
        occurred_on
    from recorded

),

-- 2. who it was: a named account, an account id that only one system has, the owner of the device
with_account as (

    select
        touches.*,
        coalesce(touches.account_key, unique_ids.account_key, device_owners.account_key) as resolved_account_key
    from touches
    left join unique_ids on touches.bare_account_id = unique_ids.account_id
    left join device_owners
        on
            touches.device_key = device_owners.device_key
            and touches.account_key is null
            and touches.occurred_at >= device_owners.valid_from
            and touches.occurred_at < device_owners.valid_to

),

with_customer as (

    select
        with_account.*,
        identities.customer_id,
        identities.person_number,
        coalesce(with_account.resolved_account_key, with_account.device_key) as identity_key
    from with_account
    left join identities
        on coalesce(with_account.resolved_account_key, with_account.device_key) = identities.identity_key

),

final as (

    select
        -- key
        touchpoint_id,

        -- who
        person_number,
        customer_id,
        identity_key,

        -- attributes
        session_id,
        source_table,
        touchpoint_type,
        channel,
        campaign_id,
        creative_id,
        product_id,
        category,
        content_id,
        content_topic,
        feature,
        store_id,
        associate_id,
        order_id,
        device_platform,
        page_path,
        entry_source,

        -- measures
        touch_value,

        -- times
        occurred_at,
        occurred_on
    from with_customer

)

select * from final
