{#-
  One row per customer, kind (content, service, category), thing and day: what they read, used and
  subscribed to. Categories that were looked at are kept for people who never ordered: their way in.
-#}
with

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

subscriptions as (

    select * from {{ ref('stg_commerce__subscriptions') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

-- 1. one pass over the interactions, rows of keys reduced to days of numbers
touched as (

    select
        customers.customer_number,
        touchpoints.content_id,
        touchpoints.content_topic,
        touchpoints.feature,
        case when not customers.has_ordered then touchpoints.category end as category,
        touchpoints.occurred_on
    from touchpoints
    inner join customers on touchpoints.customer_id = customers.customer_id
    where
        touchpoints.content_id is not null
        or touchpoints.feature is not null
        or (touchpoints.category is not null and not customers.has_ordered)
    group by
        customers.customer_number,
        touchpoints.content_id,
        touchpoints.content_topic,
        touchpoints.feature,
        case when not customers.has_ordered then touchpoints.category end,
        touchpoints.occurred_on

),

plans as (

    select
        customers.customer_number,
        subscriptions.plan,
        {{ local_date('subscriptions.started_at') }} as started_on
    from subscriptions
    inner join accounts
        on
            subscriptions.source_system = accounts.source_system
            and subscriptions.account_id = accounts.account_id
    inner join customers on accounts.customer_id = customers.customer_id

),

unioned as (

    select
        customer_number,
        'content' as kind,
        content_id as thing,
        content_topic as shelf,
        occurred_on as happened_on
    from touched
    where content_id is not null
    union all
    select
        customer_number,
        'service' as kind,
        concat('feature:', feature) as thing,
        'feature' as shelf,
        occurred_on as happened_on
    from touched
    where feature is not null
    union all
    select
        customer_number,
        'service' as kind,
        concat('plan:', plan) as thing,
        'plan' as shelf,
        started_on as happened_on
    from plans
    union all
    select
        customer_number,
        'category' as kind,
        category as thing,
        category as shelf,
        occurred_on as happened_on
    from touched
    where category is not null

),

final as (

    select
        customer_number,
        kind,
        thing,
        happened_on,
        min(shelf) as shelf
    from unioned
    group by customer_number, kind, thing, happened_on

)

select * from final
