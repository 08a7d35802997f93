-- The bands of a factor are edited by hand. A value in two of them would count its visit twice.
{{ config(group='behaviour') }}
with

levels as (

    select * from {{ ref('driver_levels') }}

)

select
    lower_levels.factor,
    lower_levels.level,
    upper_levels.level as overlapping_level
from levels as lower_levels
inner join levels as upper_levels
    on
        lower_levels.factor = upper_levels.factor
        and lower_levels.level != upper_levels.level
where
    lower_levels.value_from <= upper_levels.value_from
    and (lower_levels.value_to > upper_levels.value_from or lower_levels.value_to is null)
