{#- One row per order: its month, its value in every dimension of loyalty, what went well or wrong with it, and how far that is known. -#}
with

orders as (

    select * from {{ ref('orders') }}

),

order_categories as (

    select * from {{ ref('int_order_main_category') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

stores as (

    select * from {{ ref('stores') }}

),

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

referrals as (

    select * from {{ ref('int_customer_referrals') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. a number for each buyer, of this build only: what follows sorts by it instead of by text
buyers as (

    select
        customers.customer_id,
        cast(row_number() over (order by customers.customer_id) as int) as buyer_number,
        customers.home_region,
        segments.segment
    from customers
    left join segments on customers.customer_id = segments.customer_id

),

complained as (

    select order_id
    from tickets
    where is_complaint and order_id is not null
    group by order_id

),

referring_months as (

    select
        referrer_customer_id as customer_id,
        {{ date_trunc_to('month', 'referred_on') }} as month
    from referrals
    group by referrer_customer_id, {{ date_trunc_to('month', 'referred_on') }}

),

-- 2. a first order belongs to a cohort, which is judged when its 90 days are over
followed as (

    select
        order_id,
        customer_order_number = 1 as is_first_order,
        case when customer_order_number = 1 then {{ add_days('ordered_on', 90) }} end as matures_on,
        lead(ordered_on) over (partition by customer_id order by customer_order_number) as next_ordered_on
    from orders
    where customer_order_number is not null

),

final as (

    select
        -- key
        orders.order_id,

        -- the buyer, and the place of the order among theirs
        orders.customer_id,
        buyers.buyer_number,
        orders.customer_order_number,
        orders.ordered_on,
        {{ date_trunc_to('month', 'orders.ordered_on') }} as month,

        -- dimensions
        orders.channel as channel_value,
        coalesce(stores.region, buyers.home_region, '(unknown)') as region_value,
        coalesce(orders.store_id, '(none)') as store_value,
        coalesce(buyers.segment, '(none)') as segment_value,
        coalesce(order_categories.category, '(unknown)') as category_value,

        -- what happened
        complained.order_id is not null as has_complaint,
        orders.return_count > 0 as has_return,
        referring_months.customer_id is not null as has_referred,

        -- how far it is known: returns come within a window, a second order of a cohort within 90 days
        {{ add_days('orders.ordered_on', var('return_window_days') | int) }} < reference_date.as_of as is_matured,
        coalesce(followed.is_first_order, false) as is_first_order,
        coalesce(followed.matures_on < reference_date.as_of, false) as is_cohort_matured,
        coalesce(
            followed.matures_on < reference_date.as_of and followed.next_ordered_on <= followed.matures_on, false
        ) as has_repurchased_90d
    from orders
    cross join reference_date
    left join followed on orders.order_id = followed.order_id
    left join order_categories on orders.order_id = order_categories.order_id
    left join buyers on orders.customer_id = buyers.customer_id
    left join stores on orders.store_id = stores.store_id
    left join complained on orders.order_id = complained.order_id
    left join referring_months
        on
            orders.customer_id = referring_months.customer_id
            and {{ date_trunc_to('month', 'orders.ordered_on') }} = referring_months.month

)

select * from final
