-- Guards that whoever copies the marts can ask whether they are from one build: there is one answer, and
-- it never says `complete` of marts that this build did not make.
with

build_states as (

    select * from {{ ref('build_state') }}

),

answers as (

    select
        count(*) as answer_count,
        count(case when status != 'complete' and reason is null then 1 end) as unexplained_count,
        count(case
            when
                status = 'complete'
                and (coalesce(marts_of_this_build, 0) != coalesce(mart_count, -1) or finished_at is null)
                then 1
        end) as contradicted_count
    from build_states

)

select *
from answers
where
    answer_count != 1
    or unexplained_count > 0
    or contradicted_count > 0
