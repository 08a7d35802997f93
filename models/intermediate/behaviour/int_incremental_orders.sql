{#- One row per order of a known person with consent to analytics: its day, block and season, and the orders that it stands for. -#}
with

days as (

    select * from {{ ref('int_incremental_days') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}
    where has_analytics_consent

),

all_orders as (

    select
        orders.channel,
        orders.ordered_at,
        days.date_day,
        days.block_no,
        days.season,
        case when consent.customer_id is not null then people.person_number end as person_number
    from {{ ref('orders') }} as orders
    inner join days on orders.ordered_on = days.date_day
    left join consent on orders.customer_id = consent.customer_id
    left join people on orders.customer_id = people.person_key
    where orders.status != 'cancelled'

),

-- an order whose buyer is known stands for those of its sales channel whose buyers are not
weighted as (

    select
        *,
        count(*) over (partition by channel) / nullif(cast(count(person_number) over (partition by channel) as double), 0e0) as order_weight
    from all_orders

),

final as (

    select
        person_number,
        date_day,
        block_no,
        season,
        ordered_at,
        order_weight
    from weighted
    where person_number is not null

)

select * from final
