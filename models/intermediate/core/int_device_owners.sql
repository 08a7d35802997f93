{#-
  One row per device and validity period: whose device it was. An event of the device at time t
  belongs to account_key where valid_from <= t < valid_to; the periods of a device never overlap.

  A device becomes known when somebody logs in, buys or registers on it (a sighting). From then on
  it belongs to that person, and backwards for var device_lookback_days before the first sighting.
  It never stretches across two people:
    one person              from the first sighting less the window, without end
    handed over (A, then B) each from their first to their last sighting; what lies between is
                            nobody's; A keeps the window before, B the open end
    shared (A, B, A again; more than var device_max_customers people; a kiosk)   nobody's, ever
-#}
{%- set sources = [
    ('members', 'accounts', 'coalesce(updated_at, registered_at)', account_key()),
    ('commerce', 'orders', 'ordered_at', 'coalesce(' ~ account_key() ~ ', guest_key)'),
    ('behaviour', 'web_events', 'occurred_at', account_key()),
] -%}
{%- set sources_without_system = [
    ('behaviour', 'store_visits', 'entered_at'),
    ('marketing', 'campaign_touches', 'occurred_at'),
] -%}
with

customer_accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

web_events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

-- 1. who was seen on which device, and when
{%- for group, table, happened, key in sources %}
{{ table }}_sightings as (

    select
        device_id,
        {{ key }} as account_key,
        min({{ happened }}) as first_at,
        max({{ happened }}) as last_at,
        count(*) as sighting_count
    from {{ ref('stg_' ~ group ~ '__' ~ table) }}
    where device_id is not null and {{ happened }} is not null
    group by device_id, {{ key }}

),
{% endfor %}

{%- for group, table, happened in sources_without_system %}

{{ table }}_sightings as (

    select
        visits.device_id,
        coalesce({{ account_key('visits.source_system', 'visits.account_id') }}, unique_ids.account_key) as account_key,
        min(visits.{{ happened }}) as first_at,
        max(visits.{{ happened }}) as last_at,
        count(*) as sighting_count
    from {{ ref('stg_' ~ group ~ '__' ~ table) }} as visits
    left join unique_ids
        on
            visits.account_id = unique_ids.account_id
            and visits.source_system is null
    where visits.device_id is not null and visits.account_id is not null
    group by
        visits.device_id,
        coalesce({{ account_key('visits.source_system', 'visits.account_id') }}, unique_ids.account_key)

),
{% endfor %}

sightings as (

    {%- for source in sources + sources_without_system %}

    select * from {{ source[1] }}_sightings
    where account_key is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

kiosks as (

    select device_id
    from web_events
    where platform = 'kiosk' and device_id is not null
    group by device_id

),

-- 2. several accounts of one person are one person
spans as (

    select
        sightings.device_id,
        customer_accounts.customer_id,
        min(customer_accounts.account_key) as account_key,
        min(sightings.first_at) as first_at,
        max(sightings.last_at) as last_at,
        cast(sum(sightings.sighting_count) as bigint) as sighting_count
    from sightings
    inner join customer_accounts on sightings.account_key = customer_accounts.account_key
    anti join kiosks on sightings.device_id = kiosks.device_id
    group by sightings.device_id, customer_accounts.customer_id

),

-- 3. people whose times on a device overlap share it
ordered_spans as (

    select
        *,
        count(*) over (partition by device_id) as customer_count,
        lag(last_at) over (partition by device_id order by first_at asc, customer_id asc) as previous_last_at,
        lead(first_at) over (partition by device_id order by first_at asc, customer_id asc) as next_first_at
    from spans

),

judged as (

    select
        *,
        max(case when previous_last_at >= first_at then 1 else 0 end) over (partition by device_id) as is_shared
    from ordered_spans

),

final as (

    select
        {{ salted_hash(["'device'", 'device_id']) }} as device_key,
        account_key,
        case
            when previous_last_at is null
                then first_at - interval {{ var('device_lookback_days') | int }} day
            else first_at
        end as valid_from,
        case
            when next_first_at is null then timestamp '9999-12-31 00:00:00'
            else least(last_at + interval 1 second, next_first_at)
        end as valid_to,
        case when customer_count = 1 then 'only_customer' else 'handed_over' end as evidence,
        sighting_count,
        first_at as first_sighted_at,
        last_at as last_sighted_at
    from judged
    where is_shared = 0 and customer_count <= {{ var('device_max_customers') | int }}

)

select * from final
