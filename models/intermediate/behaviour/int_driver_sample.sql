{#-
  The visits that the regressions are fitted on: per goal all, or those of so many whole persons that
  there are at most var driver_sample_visits, drawn by a hash of the person. Rates and crude odds count everybody.
-#}
with

visits as (

    select * from {{ ref('int_driver_visits') }}

),

persons as (

    select
        goal,
        person_key,
        sum(exposed) as visit_count
    from visits
    group by goal, person_key

),

drawn as (

    select
        goal,
        person_key,
        sum(visit_count) over (
            partition by goal
            order by {{ hash_60bit('person_key') }} asc, person_key asc
            rows between unbounded preceding and current row
        ) as visits_so_far
    from persons

),

final as (

    select
        visits.goal,
        visits.stage,
        visits.person_key,
        {%- for factor in conversion_factors() %}
        visits.{{ factor }},
        {%- endfor %}
        visits.exposed,
        visits.converted
    from visits
    inner join drawn
        on
            visits.goal = drawn.goal
            and visits.person_key = drawn.person_key
    where drawn.visits_so_far <= {{ var('driver_sample_visits') | int }}

)

select * from final
