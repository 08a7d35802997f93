{#- One row per month and search term; terms of few people stand together as (small). -#}
{%- set smallest = var('search_term_min_customers') | int -%}
with

events as (

    select * from {{ ref('int_web_events_sessioned') }}
    where not is_tombstone

),

touches as (

    select * from {{ ref('int_touches_numbered') }}
    where touchpoint_type = 'search'

),

searches as (

    select
        events.event_id,
        events.session_id,
        events.occurred_at,
        {{ date_trunc_to('month', 'events.occurred_on') }} as month,
        coalesce(events.search_term, '(unreadable)') as term,
        touches.person_number,
        lead(events.occurred_at) over (
            partition by events.session_id
            order by events.occurred_at asc, events.event_id asc
        ) as next_search_at
    from events
    left join touches on concat('web_events:', events.event_id) = touches.touchpoint_id
    where events.touchpoint_type = 'search'

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. what followed in the session: a click counts for the newest search before it, a purchase for all
outcomes as (

    select
        searches.event_id,
        max(case
            when
                events.touchpoint_type in ('click', 'product_view', 'add_to_cart')
                and (searches.next_search_at is null or events.occurred_at < searches.next_search_at)
                then 1
            else 0
        end) as has_click,
        max(case when events.touchpoint_type = 'purchase' then 1 else 0 end) as has_purchase
    from searches
    inner join events
        on
            searches.session_id = events.session_id
            and searches.occurred_at <= events.occurred_at
            and searches.event_id != events.event_id
    group by searches.event_id

),

described as (

    select
        searches.month,
        searches.term,
        searches.person_number,
        coalesce(outcomes.has_click, 0) as has_click,
        coalesce(outcomes.has_purchase, 0) as has_purchase
    from searches
    left join outcomes on searches.event_id = outcomes.event_id

),

-- 2. a term is named where enough different people searched it in the month
named as (

    select
        month,
        term
    from described
    where term != '(unreadable)'
    group by month, term
    having count(distinct person_number) >= {{ smallest }}

),

shown as (

    select
        described.month,
        coalesce(named.term, '(small)') as term,
        described.person_number,
        described.has_click,
        described.has_purchase
    from described
    left join named
        on
            described.month = named.month
            and described.term = named.term

),

final as (

    select
        -- key
        shown.month,
        shown.term,

        -- attributes
        {{ is_period_over('shown.month', 'reference_date.as_of', 'month') }} as is_complete,

        -- measures
        count(*) as searches,
        count(distinct shown.person_number) as customers,
        avg(cast(shown.has_click as double)) as click_rate,
        {{ wilson_low('sum(shown.has_click)', 'count(*)') }} as click_rate_low,
        {{ wilson_high('sum(shown.has_click)', 'count(*)') }} as click_rate_high,
        avg(cast(shown.has_purchase as double)) as purchase_rate,
        {{ wilson_low('sum(shown.has_purchase)', 'count(*)') }} as purchase_rate_low,
        {{ wilson_high('sum(shown.has_purchase)', 'count(*)') }} as purchase_rate_high
    from shown
    cross join reference_date
    group by shown.month, shown.term, reference_date.as_of

)

select * from final
