{#-
  One row per customer (by number), signal (source, event type, dimension, window) that an active tag reads, and value: on how
  many orders (source purchase) or active days (online) the customer chose it. Values that no tag can take are
  left out: those after the leading ones, where no tag asks for the first or last.
-#}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

signals as (

    select * from {{ ref('int_preference_signals') }}

),

choices as (

    select * from {{ ref('int_purchase_choices') }}
    union all
    select * from {{ ref('int_online_choices') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by person_number, signal_no
            order by signal_count desc, last_at desc, dimension_value asc
        ) as preference_rank
    from choices

),

final as (

    select
        ranked.person_number,
        signals.source,
        signals.event_type,
        signals.dimension,
        signals.window_days,
        ranked.dimension_value,
        ranked.signal_count,
        ranked.total_count,
        ranked.first_at,
        ranked.last_at,
        ranked.preference_rank
    from ranked
    inner join signals on ranked.signal_no = signals.signal_no
    semi join population on ranked.person_number = population.person_number
    where signals.needs_all_values or ranked.preference_rank <= signals.leading_values

)

select * from final
