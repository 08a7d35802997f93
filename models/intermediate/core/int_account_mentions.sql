{#-
  One row per account named in any source table, whether or not the table accounts has it:
  where it was first seen, and how often.
-#}
{%- set sources = [
    ('members', 'accounts', 'account_id', 'registered_at'),
    ('commerce', 'orders', 'account_id', 'ordered_at'),
    ('commerce', 'subscriptions', 'account_id', 'started_at'),
    ('members', 'points_ledger', 'account_id', 'occurred_at'),
    ('members', 'consents', 'account_id', 'changed_at'),
    ('members', 'referrals', 'referrer_account_id', 'referred_at'),
    ('members', 'referrals', 'referred_account_id', 'referred_at'),
    ('behaviour', 'web_events', 'account_id', 'occurred_at'),
    ('behaviour', 'store_visits', 'account_id', 'entered_at'),
    ('behaviour', 'associate_interactions', 'account_id', 'occurred_at'),
    ('marketing', 'campaign_touches', 'account_id', 'occurred_at'),
    ('marketing', 'action_log', 'account_id', 'acted_at'),
    ('feedback', 'service_tickets', 'account_id', 'opened_at'),
    ('feedback', 'reviews', 'account_id', 'reviewed_at'),
    ('feedback', 'survey_responses', 'account_id', 'responded_at'),
    ('external', 'enrichments', 'account_id', 'obtained_at'),
] -%}
with

mentions as (

    {%- for group, table, account_id, happened in sources %}

    select
        source_system,
        {{ account_id | replace('account_id', 'account_scope') }} as account_scope,
        {{ account_id }} as account_id,
        min({{ happened }}) as first_seen_at,
        count(*) as mention_count
    from {{ ref('stg_' ~ group ~ '__' ~ table) }}
    where source_system is not null and {{ account_id }} is not null
    group by source_system, {{ account_id | replace('account_id', 'account_scope') }}, {{ account_id }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- systems that share their account ids name one account
accounts as (

    select
        coalesce(account_scope, source_system) as account_scope,
        account_id,
        min(source_system) as source_system,
        min(first_seen_at) as first_seen_at,
        cast(sum(mention_count) as bigint) as mention_count
    from mentions
    group by coalesce(account_scope, source_system), account_id

),

final as (

    select
        {{ account_key() }} as account_key,
        source_system,
        account_scope,
        account_id,
        first_seen_at,
        mention_count
    from accounts

)

select * from final
