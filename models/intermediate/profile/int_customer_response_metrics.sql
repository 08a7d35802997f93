{#- One row per customer: response to messages and coupons, points, referrals, complaints, reach. -#}
{%- set window = var('profile_window_days') | int -%}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

touches as (

    select * from {{ ref('stg_marketing__campaign_touches') }}

),

points as (

    select * from {{ ref('stg_members__points_ledger') }}

),

referrals as (

    select * from {{ ref('stg_members__referrals') }}

),

tickets as (

    select * from {{ ref('stg_feedback__service_tickets') }}

),

enrichments as (

    select * from {{ ref('stg_external__enrichments') }}

),

reference_date as (

    select
        as_of,
        {{ add_days('as_of', -window) }} as window_from
    from {{ ref('stg_commerce__as_of') }}

),

-- 1. every source by account and what it counts; sums are added up over a customer's accounts
counted as (

    select
        coalesce(touches.source_system, unique_ids.source_system) as source_system,
        touches.account_id,
        count(case when touches.channel in ('email', 'sms', 'app_push', 'wechat') and touches.touch_type = 'send' then 1 end) as message_count,
        count(case when touches.channel in ('email', 'sms', 'app_push', 'wechat') and touches.touch_type in ('open', 'click') then 1 end) as response_count,
        count(case when touches.touch_type = 'coupon_issued' then 1 end) as coupon_count,
        count(case when touches.touch_type = 'coupon_redeemed' then 1 end) as redemption_count,
        0 as points_entry_count,
        0 as points_use_count,
        0 as referral_count,
        0 as complaint_count
    from touches
    cross join reference_date
    left join unique_ids on touches.account_id = unique_ids.account_id
    where touches.account_id is not null and {{ local_date('touches.occurred_at') }} >= reference_date.window_from
    group by coalesce(touches.source_system, unique_ids.source_system), touches.account_id

    union all

    select
        points.source_system,
        points.account_id,
        0 as message_count,
        0 as response_count,
        0 as coupon_count,
        0 as redemption_count,
        count(*) as points_entry_count,
        count(case when points.entry_type = 'redeem' then 1 end) as points_use_count,
        0 as referral_count,
        0 as complaint_count
    from points
    cross join reference_date
    where
        points.entry_type in ('earn', 'redeem')
        and {{ local_date('points.occurred_at') }} >= reference_date.window_from
    group by points.source_system, points.account_id

    union all

    select
        source_system,
        referrer_account_id as account_id,
        0 as message_count,
        0 as response_count,
        0 as coupon_count,
        0 as redemption_count,
        0 as points_entry_count,
        0 as points_use_count,
        count(distinct referred_account_id) as referral_count,
        0 as complaint_count
    from referrals
    group by source_system, referrer_account_id

    union all

    select
        coalesce(tickets.source_system, unique_ids.source_system) as source_system,
        tickets.account_id,
        0 as message_count,
        0 as response_count,
        0 as coupon_count,
        0 as redemption_count,
        0 as points_entry_count,
        0 as points_use_count,
        0 as referral_count,
        count(*) as complaint_count
    from tickets
    cross join reference_date
    left join unique_ids on tickets.account_id = unique_ids.account_id
    where
        tickets.ticket_type = 'complaint'
        and tickets.account_id is not null
        and {{ local_date('tickets.opened_at') }} >= reference_date.window_from
    group by coalesce(tickets.source_system, unique_ids.source_system), tickets.account_id

),

counts as (

    select
        accounts.customer_id,
        cast(sum(counted.message_count) as bigint) as message_count,
        cast(sum(counted.response_count) as bigint) as response_count,
        cast(sum(counted.coupon_count) as bigint) as coupon_count,
        cast(sum(counted.redemption_count) as bigint) as redemption_count,
        cast(sum(counted.points_entry_count) as bigint) as points_entry_count,
        cast(sum(counted.points_use_count) as bigint) as points_use_count,
        cast(sum(counted.referral_count) as bigint) as referral_count,
        cast(sum(counted.complaint_count) as bigint) as complaint_count
    from counted
    inner join accounts
        on
            counted.source_system = accounts.source_system
            and counted.account_id = accounts.account_id
    group by accounts.customer_id

),

-- 2. followers, by the newest enrichment that is still valid
followers as (

    select
        accounts.customer_id,
        try_cast(enrichments.value as double) as follower_count,
        row_number() over (
            partition by accounts.customer_id
            order by enrichments.obtained_at desc, enrichments.enrichment_id desc
        ) as newest_rank
    from enrichments
    cross join reference_date
    inner join accounts
        on
            enrichments.source_system = accounts.source_system
            and enrichments.account_id = accounts.account_id
    where
        enrichments.attribute = 'follower_count'
        and coalesce(enrichments.valid_until >= reference_date.as_of, true)

),

final as (

    select
        population.customer_id,
        coalesce(counts.message_count, 0) as message_count,
        coalesce(counts.coupon_count, 0) as coupon_count,
        coalesce(counts.points_entry_count, 0) as points_entry_count,
        coalesce(counts.referral_count, 0) as referral_count,
        coalesce(counts.complaint_count, 0) as complaint_count,
        {{ safe_divide('least(counts.response_count, counts.message_count)', 'counts.message_count') }} as message_response_rate,
        {{ safe_divide('least(counts.redemption_count, counts.coupon_count)', 'counts.coupon_count') }} as coupon_redemption_rate,
        {{ safe_divide('counts.points_use_count', 'counts.points_entry_count') }} as points_use_share,
        case when population.has_social_data_consent then followers.follower_count end as follower_count
    from population
    left join counts on population.customer_id = counts.customer_id
    left join followers
        on
            population.customer_id = followers.customer_id
            and followers.newest_rank = 1

)

select * from final
