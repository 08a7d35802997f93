{#- Guards that a device has one owner at a time: an anonymous event belongs to one person or to nobody. -#}
with

owners as (

    select
        *,
        lead(valid_from) over (partition by device_key order by valid_from asc, valid_to asc) as next_valid_from
    from {{ ref('int_device_owners') }}

)

select device_key
from owners
where valid_from >= valid_to or next_valid_from < valid_to
