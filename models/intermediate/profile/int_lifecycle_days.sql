{#- One row per basis, customer (by number) and local day with an order (basis order) or with any interaction or order (activity). -#}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

orders as (

    select * from {{ ref('orders') }}

),

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

order_days as (

    select
        population.person_number,
        orders.ordered_on as event_on
    from orders
    inner join population on orders.customer_id = population.customer_id
    group by population.person_number, orders.ordered_on

),

other_days as (

    select
        population.person_number,
        activity_days.activity_on as event_on
    from activity_days
    inner join accounts on activity_days.account_key = accounts.account_key
    inner join population on accounts.customer_id = population.customer_id
    group by population.person_number, activity_days.activity_on

),

any_days as (

    select
        person_number,
        event_on
    from order_days

    union

    select
        person_number,
        event_on
    from other_days

),

final as (

    select
        'order' as basis,
        person_number,
        event_on
    from order_days

    union all

    select
        'activity' as basis,
        person_number,
        event_on
    from any_days

)

select * from final
