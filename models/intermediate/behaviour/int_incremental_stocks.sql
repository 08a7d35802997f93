{#-
  One row per contact of a measured channel and day that it may work on (`is_before`: day before it, on which it
  cannot): days away, and the share of the day's orders that lies on that side of its moment.

  On DuckDB a view: 28 rows of a contact are made faster than they are written and read; Spark would make them once for
  each use.
-#}
{{ config(materialized=per_engine('view', 'table')) }}
with

contacts as (

    select * from {{ ref('int_incremental_contacts') }}

),

channels as (

    select * from {{ ref('int_incremental_channels') }}
    where channel_no is not null

),

days as (

    select * from {{ ref('int_incremental_days') }}

),

directions as (

    select true as is_before
    union all
    select false as is_before

),

sides as (

    select
        reach.days_away,
        directions.is_before
    from {{ number_series(0, incremental_reach_days() - 1, 'days_away') }} as reach
    cross join directions

),

placed as (

    select
        contacts.person_number,
        contacts.unit,
        channels.channel_no,
        contacts.contacted_at,
        sides.is_before,
        cast(sides.days_away as int) as days_away,
        case
            when sides.days_away > 0 then 1e0
            when sides.is_before then 1e0 - contacts.share_left
            else contacts.share_left
        end as day_share,
        {{ add_days('contacts.contacted_on', 'case when sides.is_before then -sides.days_away else sides.days_away end') }} as date_day
    from contacts
    inner join channels on contacts.channel = channels.channel
    cross join sides

),

final as (

    select
        placed.person_number,
        placed.unit,
        placed.channel_no,
        placed.date_day,
        days.block_no,
        days.season,
        placed.is_before,
        placed.days_away,
        placed.day_share,
        placed.contacted_at
    from placed
    inner join days on placed.date_day = days.date_day

)

select * from final
