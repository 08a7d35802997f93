{#-
  One row per event and day on which it holds everywhere. The year in a name is no part of it, so that an event that returns is one
  event: `Double 11 2024` is `Double 11`.
-#}
with

events as (

    select * from {{ ref('stg_external__calendar_events') }}
    where region is null

),

final as (

    select distinct
        -- key
        event_date,
        event_type,
        trim({{ replace_regex('event_name', '(19|20)[0-9]{2}', '') }}) as event_name,

        -- attributes
        {{ week_number('event_date') }} as week_no
    from events

)

select * from final
