{#- One row per visit to site, app or store, numbered in the order of their ids. -#}
with

sessions as (

    select * from {{ ref('int_sessions') }}

),

final as (

    select
        session_id,
        cast(row_number() over (order by session_id asc) as int) as session_number
    from sessions

)

select * from final
