{#-
  One row per visit: a session of web or app events, or a visit to a store, with the customer behind it,
  whoever it is. Models that count read it; mart sessions, a view, shows it without the people who refused
  (is_withheld).
-#}
with

web_sessions as (

    select * from {{ ref('int_web_sessions') }}
    where not is_tombstone

),

visit_touches as (

    select * from {{ ref('int_touchpoints_recorded') }}
    where source_table = 'store_visits' and not is_tombstone

),

store_visits as (

    select * from {{ ref('stg_behaviour__store_visits') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

device_owners as (

    select * from {{ ref('int_device_owners') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

orders as (

    select * from {{ ref('orders') }}

),

session_owners as (

    select * from {{ ref('int_web_session_owners') }}

),

withheld as (

    select * from {{ ref('int_identities_withheld') }}

),

rules as (

    select * from {{ ref('session_rules') }}

),

-- 1. visits of both kinds in one shape
visits as (

    select
        web_sessions.session_id,
        session_owners.account_key,
        cast(null as string) as bare_account_id,
        web_sessions.device_key,
        'web_events' as source_table,
        web_sessions.channel,
        cast(null as string) as store_id,
        web_sessions.device_platform,
        coalesce(web_sessions.entry_source, 'direct') as entry_source,
        web_sessions.entry_campaign_id,
        web_sessions.entry_page,
        web_sessions.experiment_variant,
        web_sessions.page_error_code,
        web_sessions.checkout_error_code,
        web_sessions.started_at,
        web_sessions.ended_at,
        web_sessions.event_count,
        web_sessions.page_view_count,
        web_sessions.product_view_count,
        web_sessions.search_count,
        web_sessions.cart_count,
        web_sessions.checkout_count,
        web_sessions.payment_count,
        web_sessions.purchase_count,
        web_sessions.login_count,
        web_sessions.social_count,
        web_sessions.page_load_ms_max,
        web_sessions.page_load_ms_mean,
        web_sessions.page_load_ms_first,
        coalesce(
            web_sessions.dwell_seconds,
            {{ seconds_between('web_sessions.started_at', 'web_sessions.ended_at') }}
        ) as dwell_seconds
    from web_sessions
    left join session_owners on web_sessions.session_id = session_owners.session_id

    union all

    select
        visit_touches.session_id,
        visit_touches.account_key,
        visit_touches.bare_account_id,
        visit_touches.device_key,
        'store_visits' as source_table,
        visit_touches.channel,
        visit_touches.store_id,
        cast(null as string) as device_platform,
        'store' as entry_source,
        cast(null as string) as entry_campaign_id,
        cast(null as string) as entry_page,
        cast(null as string) as experiment_variant,
        cast(null as string) as page_error_code,
        cast(null as string) as checkout_error_code,
        visit_touches.occurred_at as started_at,
        case when store_visits.exited_at >= store_visits.entered_at then store_visits.exited_at end as ended_at,
        1 as event_count,
        0 as page_view_count,
        0 as product_view_count,
        0 as search_count,
        0 as cart_count,
        0 as checkout_count,
        0 as payment_count,
        0 as purchase_count,
        0 as login_count,
        0 as social_count,
        cast(null as bigint) as page_load_ms_max,
        cast(null as double) as page_load_ms_mean,
        cast(null as bigint) as page_load_ms_first,
        case
            when store_visits.exited_at >= store_visits.entered_at
                then {{ seconds_between('store_visits.entered_at', 'store_visits.exited_at') }}
        end as dwell_seconds
    from visit_touches
    inner join store_visits on visit_touches.session_id = concat('store_visits:', store_visits.visit_id)

),

-- 2. who it was, as for the touchpoint that opened the visit: its account, an account id that only
--    one system has, the owner of the device
with_account as (

    select
        visits.*,
        coalesce(visits.account_key, unique_ids.account_key, device_owners.account_key) as resolved_account_key
    from visits
    left join unique_ids on visits.bare_account_id = unique_ids.account_id
    left join device_owners
        on
            visits.device_key = device_owners.device_key
            and visits.started_at >= device_owners.valid_from
            and visits.started_at < device_owners.valid_to

),

with_customer as (

    select
        with_account.*,
        accounts.customer_id,
        withheld.identity_key is not null as is_withheld
    from with_account
    left join accounts on with_account.resolved_account_key = accounts.account_key
    left join withheld on coalesce(with_account.resolved_account_key, with_account.device_key) = withheld.identity_key

),

-- 3. a store visit ends in a purchase when its customer orders in the store before leaving it
store_purchases as (

    select
        with_customer.session_id,
        count(*) as order_count
    from with_customer
    inner join orders
        on
            with_customer.customer_id = orders.customer_id
            and with_customer.store_id = orders.store_id
            and with_customer.started_at <= orders.ordered_at
            and coalesce(with_customer.ended_at, with_customer.started_at + interval 2 hour)
            + interval 30 minute >= orders.ordered_at
    where with_customer.source_table = 'store_visits'
    group by with_customer.session_id

),

-- 4. the limits of the seed side by side
limits as (

    select
        max(case when rule = 'too_many_events' then at_least end) as max_events,
        max(case when rule = 'too_fast' then at_least end) as max_events_per_minute,
        max(case when rule = 'too_long' then at_least end) as max_hours,
        max(case when rule = 'visit_too_long' then at_least end) as max_visit_hours
    from rules

),

measured as (

    select
        with_customer.*,
        coalesce(store_purchases.order_count, 0) as store_order_count,
        {{ seconds_between('with_customer.started_at', 'with_customer.ended_at') }} as duration_seconds
    from with_customer
    left join store_purchases on with_customer.session_id = store_purchases.session_id

),

flagged as (

    select
        measured.*,
        nullif(concat_ws(
            '; ',
            case when measured.event_count >= limits.max_events then 'too_many_events' end,
            case
                when
                    measured.event_count >= 20
                    and measured.event_count * 60e0 / greatest(measured.duration_seconds, 20e0) >= limits.max_events_per_minute
                    then 'too_fast'
            end
        ), '') as bot_rules,
        nullif(concat_ws(
            '; ',
            case
                when measured.source_table = 'web_events' and measured.duration_seconds >= 3600 * limits.max_hours
                    then 'too_long'
            end,
            case
                when measured.source_table = 'store_visits' and measured.duration_seconds >= 3600 * limits.max_visit_hours
                    then 'visit_too_long'
            end
        ), '') as absurd_rules
    from measured
    cross join limits

),

final as (

    select
        -- key
        session_id,

        -- attributes
        customer_id,
        coalesce(resolved_account_key, device_key) as identity_key,
        source_table,
        channel,
        store_id,
        device_platform,
        entry_source,
        entry_campaign_id,
        entry_page,
        experiment_variant,
        page_error_code,
        checkout_error_code,
        purchase_count > 0 or store_order_count > 0 as has_purchase,
        bot_rules is not null as is_bot,
        absurd_rules is not null as is_absurd,
        nullif(concat_ws('; ', bot_rules, absurd_rules), '') as flag_rules,
        is_withheld,

        -- measures
        cast(event_count as bigint) as event_count,
        cast(page_view_count as bigint) as page_view_count,
        cast(product_view_count as bigint) as product_view_count,
        cast(search_count as bigint) as search_count,
        cast(cart_count as bigint) as cart_count,
        cast(checkout_count as bigint) as checkout_count,
        cast(payment_count as bigint) as payment_count,
        cast(purchase_count as bigint) as purchase_count,
        cast(login_count as bigint) as login_count,
        cast(social_count as bigint) as social_count,
        page_load_ms_max,
        page_load_ms_mean,
        page_load_ms_first,
        dwell_seconds,

        -- times
        started_at,
        ended_at,
        {{ local_date('started_at') }} as started_on
    from flagged

)

select * from final
