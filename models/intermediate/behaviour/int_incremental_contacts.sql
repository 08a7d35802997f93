{#-
  One row per person with consent to analytics, marketing channel and local day on which the shop reached out (seed contact_moments,
  moment_set_by: what the person clicked or opened follows their intention, and claims nothing here). Of many people
  whole persons are drawn by a hash, so that there are at most var incremental_sample_contacts.
-#}
with

touches as (

    select * from {{ ref('int_touches_numbered') }}
    where is_primary

),

rules as (

    select * from {{ ref('contact_moments') }}
    where moment_set_by = 'shop'

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}
    where has_analytics_consent

),

days as (

    select * from {{ ref('int_incremental_days') }}

),

orders as (

    select * from {{ ref('orders') }}
    where status != 'cancelled'

),

-- 1. how the orders of a day lie over its hours: a contact at ten has the evening before it
per_hour as (

    select
        hours.hour_no,
        count(orders.order_id) as order_count
    from {{ number_series(0, 23, 'hour_no') }} as hours
    left join orders on {{ local_hour('orders.ordered_at') }} = hours.hour_no
    group by hours.hour_no

),

hours as (

    select
        hour_no,
        cast(order_count as double) as order_count,
        cast(sum(order_count) over (order by hour_no asc rows between current row and unbounded following) as double) as orders_left,
        cast(sum(order_count) over () as double) as all_orders
    from per_hour

),

-- 2. the first contact of a person, channel and day
contacts as (

    select
        touches.person_number,
        touches.channel,
        days.date_day as contacted_on,
        days.block_no,
        min(touches.occurred_at) as contacted_at,
        count(*) as touch_count
    from touches
    inner join rules on touches.touchpoint_type = rules.touch_kind
    inner join days on {{ local_date('touches.occurred_at') }} = days.date_day
    group by touches.person_number, touches.channel, days.date_day, days.block_no

),

known as (

    select
        people.person_number,
        {{ hash_60bit('people.person_key') }} as person_hash,
        count(*) as contact_count
    from contacts
    inner join people on contacts.person_number = people.person_number
    inner join consent on people.person_key = consent.customer_id
    group by people.person_number, people.person_key

),

-- 3. whole persons, and the part of the people that a person is drawn with
drawn as (

    select
        person_number,
        person_hash,
        sum(contact_count) over (order by person_hash asc, person_number asc rows between unbounded preceding and current row) as contacts_so_far
    from known

),

final as (

    select
        contacts.person_number,
        contacts.channel,
        cast(drawn.person_hash % {{ incremental_units() }} as int) as unit,
        contacts.contacted_on,
        contacts.block_no,
        contacts.touch_count,
        {{ safe_divide(
            'hours.orders_left - hours.order_count * minute(cast(' ~ local_time('contacts.contacted_at') ~ ' as timestamp)) / 60e0', 'hours.all_orders'
        ) }} as share_left,
        contacts.contacted_at
    from contacts
    inner join drawn on contacts.person_number = drawn.person_number
    inner join hours on {{ local_hour('contacts.contacted_at') }} = hours.hour_no
    where drawn.contacts_so_far <= {{ var('incremental_sample_contacts') | int }}

)

select * from final
