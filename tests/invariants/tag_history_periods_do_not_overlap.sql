{#- Guards that a customer has one value of a tag at a time: a period ends before the next begins, and no later than it began. -#}
with

periods as (

    select
        customer_id,
        tag,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by customer_id, tag order by valid_from) as next_from
    from {{ ref('customer_tag_history') }}

)

select *
from periods
where
    valid_to < valid_from
    or valid_to >= next_from
    or valid_to is null and next_from is not null
