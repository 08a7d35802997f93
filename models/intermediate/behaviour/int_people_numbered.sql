{#-
  One row per person (customer, else account, guest or device) with a touchpoint, numbered: funnels and
  paths follow people by number, because numbers sort many times as fast as keys of 64 characters.
-#}
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

people as (

    select coalesce(customer_id, identity_key) as person_key
    from touchpoints
    where coalesce(customer_id, identity_key) is not null
    group by coalesce(customer_id, identity_key)

),

final as (

    select
        person_key,
        cast(row_number() over (order by person_key) as bigint) as person_number
    from people

)

select * from final
