{#-
  One row per signal that an active tag reads to find what a customer prefers: a dimension of orders or of
  online days, within a window; and how many of the leading values the tags ask for.
-#}
with

registry as (

    select * from {{ ref('int_tag_registry') }}

),

signals as (

    select
        source,
        event_type,
        reads as dimension,
        window_days,
        window_from,
        greatest(max(top_n), 2) as leading_values,
        max(case when tag_kind = 'first_last' then 1 else 0 end) = 1 as needs_all_values
    from registry
    where tag_kind in ('top_preference', 'event_preference', 'first_last')
    group by source, event_type, reads, window_days, window_from

),

final as (

    select
        *,
        cast(row_number() over (order by source, event_type, dimension, window_days) as int) as signal_no
    from signals

)

select * from final
