{#-
  One row per interaction that is not a web event: store visits and zones, associate talks, campaign
  touches, orders, returns, tickets, reviews, surveys, referrals, registrations, subscriptions. It
  carries account, guest or device keys, never a customer. Incremental by day, see macros/incremental.
-#}
{{ config(**days_replaced_config('occurred_on')) }}
{%- set inline = per_engine('not materialized', '') -%}
{%- set no_text = 'cast(null as string)' -%}
{%- set columns = [
    'touchpoint_id', 'source_table', 'occurred_at', 'touchpoint_type', 'channel', 'own_account_key',
    'order_account_key', 'bare_account_id', 'device_id', 'session_id', 'campaign_id', 'creative_id',
    'product_id', 'store_id', 'associate_id', 'order_id', 'touch_value',
] -%}
with

orders as (

    select * from {{ ref('stg_commerce__orders') }}

),

store_visits as (

    select * from {{ ref('stg_behaviour__store_visits') }}

),

campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}

),

channel_map as (

    select * from {{ ref('channel_map') }}

),

order_touches as (

    select
        concat('orders:', orders.order_id) as touchpoint_id,
        'orders' as source_table,
        orders.ordered_at as occurred_at,
        case when orders.status = 'cancelled' then 'order_cancelled' else 'order' end as touchpoint_type,
        orders.channel as source_channel,
        'sales' as channel_context,
        coalesce(
            {{ account_key('orders.source_system', 'orders.account_id') }},
            orders.guest_key
        ) as own_account_key,
        {{ no_text }} as order_account_key,
        {{ no_text }} as bare_account_id,
        orders.device_id,
        {{ no_text }} as session_id,
        orders.campaign_id,
        {{ no_text }} as creative_id,
        {{ no_text }} as product_id,
        orders.store_id,
        orders.associate_id,
        orders.order_id,
        cast({{ to_base('orders.net_amount', 'orders.rate_to_base') }} as double) as touch_value
    from orders

),

return_touches as (

    select
        concat('returns:', returns.return_id) as touchpoint_id,
        'returns' as source_table,
        returns.returned_at as occurred_at,
        'return' as touchpoint_type,
        orders.channel as source_channel,
        'sales' as channel_context,
        {{ no_text }} as own_account_key,
        order_touches.own_account_key as order_account_key,
        {{ no_text }} as bare_account_id,
        orders.device_id,
        {{ no_text }} as session_id,
        {{ no_text }} as campaign_id,
        {{ no_text }} as creative_id,
        returns.product_id,
        orders.store_id,
        {{ no_text }} as associate_id,
        returns.order_id,
        cast({{ to_base('returns.refund_amount', 'returns.rate_to_base') }} as double) as touch_value
    from {{ ref('stg_commerce__returns') }} as returns
    inner join orders on returns.order_id = orders.order_id
    inner join order_touches on returns.order_id = order_touches.order_id

),

visit_touches as (

    select
        concat('store_visits:', visit_id) as touchpoint_id,
        'store_visits' as source_table,
        entered_at as occurred_at,
        'store_visit' as touchpoint_type,
        'store' as source_channel,
        'sales' as channel_context,
        {{ account_key() }} as own_account_key,
        {{ no_text }} as order_account_key,
        case when source_system is null then account_id end as bare_account_id,
        device_id,
        concat('store_visits:', visit_id) as session_id,
        {{ no_text }} as campaign_id,
        {{ no_text }} as creative_id,
        {{ no_text }} as product_id,
        store_id,
        {{ no_text }} as associate_id,
        {{ no_text }} as order_id,
        cast(null as double) as touch_value
    from store_visits

),

zone_touches as (

    select
        concat('store_zone_visits:', zones.visit_id, '|', zones.zone, '|', {{ as_text('zones.entered_at') }}) as touchpoint_id,
        'store_zone_visits' as source_table,
        zones.entered_at as occurred_at,
        'zone_visit' as touchpoint_type,
        'store' as source_channel,
        'sales' as channel_context,
        visit_touches.own_account_key,
        {{ no_text }} as order_account_key,
        visit_touches.bare_account_id,
        visit_touches.device_id,
        concat('store_visits:', zones.visit_id) as session_id,
        {{ no_text }} as campaign_id,
        {{ no_text }} as creative_id,
        {{ no_text }} as product_id,
        visit_touches.store_id,
        {{ no_text }} as associate_id,
        {{ no_text }} as order_id,
        cast(null as double) as touch_value
    from {{ ref('stg_behaviour__store_zone_visits') }} as zones
    left join visit_touches on concat('store_visits:', zones.visit_id) = visit_touches.touchpoint_id

),

-- a talk without a name belongs to whoever made the visit
talk_touches as (

    select
        concat('associate_interactions:', talks.interaction_id) as touchpoint_id,
        'associate_interactions' as source_table,
        talks.occurred_at,
        case
            when talks.interaction_type = 'clienteling_message' then 'clienteling_message'
            else concat('associate_', talks.interaction_type)
        end as touchpoint_type,
        case when talks.interaction_type = 'clienteling_message' then 'clienteling' else 'store' end as source_channel,
        'sales' as channel_context,
        coalesce({{ account_key('talks.source_system', 'talks.account_id') }}, visit_touches.own_account_key) as own_account_key,
        {{ no_text }} as order_account_key,
        case
            when talks.account_id is not null and talks.source_system is null then talks.account_id
            when talks.account_id is null then visit_touches.bare_account_id
        end as bare_account_id,
        visit_touches.device_id,
        visit_touches.session_id,
        {{ no_text }} as campaign_id,
        {{ no_text }} as creative_id,
        {{ no_text }} as product_id,
        coalesce(talks.store_id, visit_touches.store_id) as store_id,
        talks.associate_id,
        {{ no_text }} as order_id,
        cast(null as double) as touch_value
    from {{ ref('stg_behaviour__associate_interactions') }} as talks
    left join visit_touches on concat('store_visits:', talks.visit_id) = visit_touches.touchpoint_id

),

campaign_touches as (

    select
        concat('campaign_touches:', touches.touch_id) as touchpoint_id,
        'campaign_touches' as source_table,
        touches.occurred_at,
        case
            when touches.touch_type in ('coupon_issued', 'coupon_redeemed') then touches.touch_type
            else concat('campaign_', touches.touch_type)
        end as touchpoint_type,
        coalesce(touches.channel, campaigns.channel) as source_channel,
        'campaign' as channel_context,
        {{ account_key('touches.source_system', 'touches.account_id') }} as own_account_key,
        {{ no_text }} as order_account_key,
        case when touches.source_system is null then touches.account_id end as bare_account_id,
        touches.device_id,
        {{ no_text }} as session_id,
        touches.campaign_id,
        touches.creative_id,
        {{ no_text }} as product_id,
        touches.store_id,
        {{ no_text }} as associate_id,
        {{ no_text }} as order_id,
        cast(null as double) as touch_value
    from {{ ref('stg_marketing__campaign_touches') }} as touches
    left join campaigns on touches.campaign_id = campaigns.campaign_id

),

{%- set feedback = [
    ('ticket', 'service_tickets', 'ticket_id', 'opened_at', "concat('ticket_', said.ticket_type)", 'said.channel', 'contact', no_text, no_text, 'cast(null as double)'),
    ('review', 'reviews', 'review_id', 'reviewed_at', "'review'", 'said.source_system', 'system', 'said.product_id', no_text, 'cast(said.rating as double)'),
    ('survey', 'survey_responses', 'response_id', 'responded_at', "concat('survey_', said.survey_type)", 'said.channel', 'contact', no_text, 'said.store_id', 'cast(said.score as double)'),
] %}
-- who answers without a name, but about an order, is who placed it
{%- for name, table, key, happened, touch_type, channel, context, product, store, touch_value in feedback %}
{{ name }}_touches as (

    select
        concat('{{ table }}:', said.{{ key }}) as touchpoint_id,
        '{{ table }}' as source_table,
        said.{{ happened }} as occurred_at,
        {{ touch_type }} as touchpoint_type,
        {{ channel }} as source_channel,
        '{{ context }}' as channel_context,
        {{ account_key('said.source_system', 'said.account_id') }} as own_account_key,
        order_touches.own_account_key as order_account_key,
        case when said.source_system is null then said.account_id end as bare_account_id,
        {{ no_text }} as device_id,
        {{ no_text }} as session_id,
        {{ no_text }} as campaign_id,
        {{ no_text }} as creative_id,
        {{ product }} as product_id,
        {{ store }} as store_id,
        {{ no_text }} as associate_id,
        said.order_id,
        {{ touch_value }} as touch_value
    from {{ ref('stg_feedback__' ~ table) }} as said
    left join order_touches on said.order_id = order_touches.order_id

),
{% endfor %}

{%- set member_steps = [
    ('referral', 'referrals', "'referrals:', done.referral_id", 'referrer_account_id', 'referred_at', "'referral'"),
    ('registration', 'accounts', "'accounts:', done.source_system, '|', done.account_id", 'account_id', 'registered_at', "'registration'"),
    ('subscription', 'subscriptions', "'subscriptions:', done.subscription_id", 'account_id', 'started_at', "case when done.is_paid then 'subscription_paid' when not done.is_paid then 'subscription_free' else 'subscription' end"),
] %}
{%- for name, table, key, account, happened, touch_type in member_steps %}
{{ name }}_touches as (

    select
        concat({{ key }}) as touchpoint_id,
        '{{ table }}' as source_table,
        done.{{ happened }} as occurred_at,
        {{ touch_type }} as touchpoint_type,
        done.source_system as source_channel,
        'system' as channel_context,
        {{ account_key('done.source_system', 'done.' ~ account) }} as own_account_key,
        {{ no_text }} as order_account_key,
        {{ no_text }} as bare_account_id,
        {{ no_text }} as device_id,
        {{ no_text }} as session_id,
        {{ no_text }} as campaign_id,
        {{ no_text }} as creative_id,
        {{ no_text }} as product_id,
        {{ no_text }} as store_id,
        {{ no_text }} as associate_id,
        {{ no_text }} as order_id,
        cast(null as double) as touch_value
    from {{ ref(('stg_commerce__' if table == 'subscriptions' else 'stg_members__') ~ table) }} as done
    where done.{{ happened }} is not null

),
{% endfor %}

all_touches as {{ inline }} (

    {%- for name in [
        'order_touches', 'return_touches', 'visit_touches', 'zone_touches', 'talk_touches', 'campaign_touches',
        'ticket_touches', 'review_touches', 'survey_touches', 'referral_touches', 'registration_touches',
        'subscription_touches',
    ] %}
    select * from {{ name }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

described as {{ inline }} (

    select
        all_touches.*,
        coalesce(channel_map.channel, all_touches.source_channel, '(unknown)') as channel,
        {{ local_date('all_touches.occurred_at') }} as occurred_on
    from all_touches
    left join channel_map
        on
            all_touches.source_channel = channel_map.source_word
            and all_touches.channel_context = channel_map.context

),

printed as {{ inline }} (

    select
        *,
        {{ row_print(columns + [salted_hash(["'print'"])]) }} as row_print
    from described

),

{% if is_incremental() -%}
{{ differing_days_ctes('printed', 'occurred_on') }},

{% endif -%}
final as (

    select
        -- key
        printed.touchpoint_id,
        printed.session_id,
        coalesce(printed.own_account_key, printed.order_account_key) as account_key,
        printed.bare_account_id,
        case
            when printed.device_id is not null then {{ salted_hash(["'device'", 'printed.device_id']) }}
        end as device_key,

        -- attributes
        printed.source_table,
        printed.touchpoint_type,
        printed.channel,
        printed.campaign_id,
        printed.creative_id,
        printed.product_id,
        printed.store_id,
        printed.associate_id,
        printed.order_id,

        -- measures
        printed.touch_value,

        -- times
        printed.occurred_at,

        -- housekeeping; the day comes last (partition column)
        printed.row_print,
        false as is_tombstone,
        printed.occurred_on
    from printed
    {%- if is_incremental() %}
    semi join differing_days on printed.occurred_on = differing_days.occurred_on
    {%- endif %}

)

select * from final
{{ gone_days('differing_days', 'occurred_on', 'touchpoint_id') }}
