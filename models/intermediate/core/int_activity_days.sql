{#-
  One row per account, local day and kind of interaction: what people do besides buying.
  Seconds spent
  are known online and in shops; one event or visit counts at most four hours. Anonymous rows and
  rows whose account is ambiguous are left out (source_inventory counts them).
-#}
{%- set sources = [
    ('behaviour', 'web_events', 'occurred_at', 'online', 'dwell_ms / 1000e0'),
    ('behaviour', 'store_visits', 'entered_at', 'store_visit', seconds_between('entered_at', 'exited_at')),
    ('behaviour', 'associate_interactions', 'occurred_at', 'associate', none),
    ('feedback', 'service_tickets', 'opened_at', 'service', none),
    ('feedback', 'reviews', 'reviewed_at', 'review', none),
    ('feedback', 'survey_responses', 'responded_at', 'survey', none),
] -%}
with

accounts as (

    select * from {{ ref('int_account_names') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

daily as (

    {%- for group, table, happened, kind, seconds in sources %}

    select
        source_system,
        account_id,
        {{ local_date(happened) }} as activity_on,
        '{{ kind }}' as activity_kind,
        count(*) as event_count,
        {{ 'cast(round(sum(case when ' ~ seconds ~ ' > 14400e0 then 14400e0 when ' ~ seconds ~ ' > 0e0 then ' ~ seconds ~ ' end), 0) as bigint)' if seconds else 'cast(null as bigint)' }} as dwell_seconds
    from {{ ref('stg_' ~ group ~ '__' ~ table) }}
    where account_id is not null
    group by source_system, account_id, {{ local_date(happened) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

with_system as (

    select
        coalesce(daily.source_system, unique_ids.source_system) as source_system,
        daily.account_id,
        daily.activity_on,
        daily.activity_kind,
        daily.event_count,
        daily.dwell_seconds
    from daily
    left join unique_ids on daily.account_id = unique_ids.account_id

),

final as (

    select
        accounts.account_key,
        with_system.activity_on,
        with_system.activity_kind,
        cast(sum(with_system.event_count) as bigint) as event_count,
        cast(sum(with_system.dwell_seconds) as bigint) as dwell_seconds
    from with_system
    inner join accounts
        on
            with_system.source_system = accounts.source_system
            and with_system.account_id = accounts.account_id
    group by accounts.account_key, with_system.activity_on, with_system.activity_kind

)

select * from final
