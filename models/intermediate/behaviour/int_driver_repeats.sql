{#-
  One row per goal and sampled visit of people with more than one: its combination of factor levels, and how far its outcome lies from the
  person's mean.
-#}
{%- set factors = conversion_factors() -%}
with

visits as (

    select * from {{ ref('int_driver_sample') }}

),

cells as (

    select * from {{ ref('int_driver_cells') }}

),

-- whoever came once has nothing to be compared with
people as (

    select
        goal,
        person_number,
        count(*) as visit_count,
        cast(sum(is_converted) as double) / cast(count(*) as double) as own_rate
    from visits
    group by goal, person_number
    having count(*) > 1

),

final as (

    select
        visits.goal,
        visits.person_number,
        cells.cell_no,
        cast(people.visit_count as double) as visit_count,
        visits.is_converted - people.own_rate as own_deviation
    from visits
    inner join people
        on
            visits.goal = people.goal
            and visits.person_number = people.person_number
    inner join cells
        on
            visits.goal = cells.goal
            {%- for factor in factors %}
            and visits.{{ factor }} = cells.{{ factor }}
            {%- endfor %}

)

select * from final
