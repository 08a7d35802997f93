{#- Guards the memory of the tags: what the newest captured date left behind is what customer_tags says, where that date is this build's. -#}
{{ config(group='profile') }}
with

captured as (

    select max(captured_as_of) as newest_as_of from {{ ref('int_tag_changes') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

tags as (

    select
        tags.customer_id,
        tags.tag,
        tags.tag_value
    from {{ ref('customer_tags') }} as tags
    cross join reference_date
    inner join captured on reference_date.as_of = captured.newest_as_of

),

history as (

    select
        history.customer_id,
        history.tag,
        history.tag_value
    from {{ ref('customer_tag_history') }} as history
    cross join reference_date
    inner join captured on reference_date.as_of = captured.newest_as_of
    where history.is_current

)

select
    coalesce(tags.customer_id, history.customer_id) as customer_id,
    coalesce(tags.tag, history.tag) as tag,
    tags.tag_value,
    history.tag_value as history_value
from tags
full outer join history
    on
        tags.customer_id = history.customer_id
        and tags.tag = history.tag
where coalesce(tags.tag_value, '(none)') != coalesce(history.tag_value, '(none)')
