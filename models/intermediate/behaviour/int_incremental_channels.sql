{#-
  One row per marketing channel on which the shop reached out: contacts, who of them is known, and whether that is
  enough to be measured (var incremental_contacts_at_least); the measured channels are numbered.
-#}
with

contacts as (

    select * from {{ ref('int_incremental_contacts') }}

),

touchpoints as (

    select * from {{ ref('int_touchpoints') }}
    where is_primary

),

rules as (

    select * from {{ ref('contact_moments') }}
    where moment_set_by = 'shop'

),

days as (

    select * from {{ ref('int_incremental_days') }}

),

-- 1. everybody's contacts, also those of people whom nobody knows
reached as (

    select
        touchpoints.channel,
        count(*) as touch_count
    from touchpoints
    inner join rules on touchpoints.touchpoint_type = rules.touch_kind
    inner join days on {{ local_date('touchpoints.occurred_at') }} = days.date_day
    group by touchpoints.channel

),

measured as (

    select
        channel,
        count(*) as contact_count,
        cast(sum(touch_count) as bigint) as known_touch_count,
        count(distinct person_number) as people
    from contacts
    group by channel

),

joined as (

    select
        reached.channel,
        reached.touch_count,
        coalesce(measured.known_touch_count, 0) as known_touch_count,
        coalesce(measured.contact_count, 0) as contact_count,
        coalesce(measured.people, 0) as people,
        coalesce(measured.contact_count, 0) >= {{ var('incremental_contacts_at_least') | int }} as is_measured
    from reached
    left join measured on reached.channel = measured.channel

),

final as (

    select
        channel,
        case
            when is_measured then cast(row_number() over (partition by is_measured order by channel asc) as int)
        end as channel_no,
        touch_count,
        known_touch_count,
        contact_count,
        people
    from joined

)

select * from final
