{#-
  One row per action with a holdout, measured channel, group and part of the people (unit): how many they are, their orders in the
  window and the days on which the channel reached them in it, with the sums of squares. The draw of the group is a
  lot: what it changes in contacts and in orders is no choice of anybody.
-#}
with

assigned as (

    select * from {{ ref('int_incremental_assigned') }}
    where is_matured

),

touches as (

    select * from {{ ref('int_touches_numbered') }}
    where is_primary

),

rules as (

    select * from {{ ref('contact_moments') }}
    where moment_set_by = 'shop'

),

channels as (

    select * from {{ ref('int_incremental_channels') }}
    where channel_no is not null

),

-- 1. days of contact in the window, of all people, also where the model takes a sample
touch_days as (

    select
        touches.person_number,
        touches.channel,
        {{ local_date('touches.occurred_at') }} as contacted_on
    from touches
    inner join rules on touches.touchpoint_type = rules.touch_kind
    semi join assigned on touches.person_number = assigned.person_number
    group by touches.person_number, touches.channel, {{ local_date('touches.occurred_at') }}

),

contacts as (

    select
        assigned.action,
        assigned.person_number,
        touch_days.channel,
        cast(count(*) as double) as contact_count
    from assigned
    inner join touch_days
        on
            assigned.person_number = touch_days.person_number
            and assigned.acted_on <= touch_days.contacted_on
            and assigned.ends_on > touch_days.contacted_on
    group by assigned.action, assigned.person_number, touch_days.channel

),

-- 2. who was not reached has a zero
people as (

    select
        assigned.action,
        channels.channel,
        assigned.is_treated,
        assigned.unit,
        assigned.order_count,
        assigned.adjusted_orders as y,
        coalesce(contacts.contact_count, 0e0) as x
    from assigned
    cross join channels
    left join contacts
        on
            assigned.action = contacts.action
            and assigned.person_number = contacts.person_number
            and channels.channel = contacts.channel

),

final as (

    select
        action,
        channel,
        is_treated,
        unit,
        cast(count(*) as double) as people,
        {{ stable_sum('order_count') }} as order_count,
        {{ stable_sum('y') }} as y,
        {{ stable_sum('x') }} as x,
        {{ stable_sum('y * y') }} as yy,
        {{ stable_sum('x * y') }} as xy,
        {{ stable_sum('x * x') }} as xx
    from people
    group by action, channel, is_treated, unit

)

select * from final
