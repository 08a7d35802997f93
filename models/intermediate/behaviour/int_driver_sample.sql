{#-
  The visits that the regressions are fitted on, one row per goal and visit: per goal all, or those of so many whole
  persons that there are at most var driver_sample_visits, drawn by a hash of the person. Rates and crude odds count everybody.
-#}
with

visits as (

    select * from {{ ref('int_driver_visits') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

goals as (

    select * from {{ ref('driver_goals') }}

),

exposed as (

    select
        goals.goal,
        visits.person_number,
        count(*) as visit_count
    from visits
    inner join goals on {{ visit_reached('goals.exposed_by') }}
    group by goals.goal, visits.person_number

),

drawn as (

    select
        exposed.goal,
        exposed.person_number,
        sum(exposed.visit_count) over (
            partition by exposed.goal
            order by {{ hash_60bit('people.person_key') }} asc, exposed.person_number asc
            rows between unbounded preceding and current row
        ) as visits_so_far
    from exposed
    inner join people on exposed.person_number = people.person_number

),

final as (

    select
        goals.goal,
        goals.stage,
        visits.person_number,
        {%- for factor in conversion_factors() %}
        visits.{{ factor }},
        {%- endfor %}
        case when {{ visit_reached('goals.converted_by') }} then 1 else 0 end as is_converted
    from visits
    inner join goals on {{ visit_reached('goals.exposed_by') }}
    inner join drawn
        on
            goals.goal = drawn.goal
            and visits.person_number = drawn.person_number
    where drawn.visits_so_far <= {{ var('driver_sample_visits') | int }}

)

select * from final
