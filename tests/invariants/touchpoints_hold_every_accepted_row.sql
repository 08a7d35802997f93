-- Guards that the stream of touchpoints tells everything that happened, once: as many rows per
-- source table as staging accepted.
{% set tables = {
    'web_events': 'stg_behaviour__web_events', 'store_visits': 'stg_behaviour__store_visits',
    'store_zone_visits': 'stg_behaviour__store_zone_visits',
    'associate_interactions': 'stg_behaviour__associate_interactions',
    'campaign_touches': 'stg_marketing__campaign_touches', 'orders': 'stg_commerce__orders',
    'returns': 'stg_commerce__returns', 'service_tickets': 'stg_feedback__service_tickets',
    'reviews': 'stg_feedback__reviews', 'survey_responses': 'stg_feedback__survey_responses',
    'referrals': 'stg_members__referrals', 'subscriptions': 'stg_commerce__subscriptions',
} %}
with

accepted as (

    {%- for table, model in tables.items() %}
    select
        '{{ table }}' as source_table,
        count(*) as accepted_rows
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

told as (

    select
        source_table,
        count(*) as told_rows
    from {{ ref('touchpoints') }}
    group by source_table

)

select
    accepted.source_table,
    accepted.accepted_rows,
    coalesce(told.told_rows, 0) as told_rows
from accepted
left join told on accepted.source_table = told.source_table
where accepted.accepted_rows != coalesce(told.told_rows, 0)
