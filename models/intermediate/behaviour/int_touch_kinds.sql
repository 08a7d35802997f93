{#-
  One row per kind of touchpoint (source, type, channel, zone of a store, copy or not), numbered. There are some
  hundreds: whatever is asked about a kind is asked here once, and touchpoints carry the number.
-#}
with

touches as (

    select * from {{ ref('int_touches_numbered') }}

),

kinds as (

    select
        source_table,
        touchpoint_type,
        channel,
        {{ zone_of_touchpoint() }} as zone,
        is_primary
    from touches
    group by source_table, touchpoint_type, channel, {{ zone_of_touchpoint() }}, is_primary

),

final as (

    select
        cast(row_number() over (
            order by source_table asc, touchpoint_type asc, channel asc nulls first, zone asc nulls first, is_primary asc
        ) as int) as kind_number,
        source_table,
        touchpoint_type,
        channel,
        zone,
        is_primary
    from kinds

)

select * from final
