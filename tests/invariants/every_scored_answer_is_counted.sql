{#- Guards that no accepted answer is lost on the way to the scores: the days of a metric add up to the accepted surveys and reviews. -#}
with

accepted as (

    select
        survey_type as metric,
        count(*) as answers
    from {{ ref('stg_feedback__survey_responses') }}
    where survey_type != 'research'
    group by survey_type

    union all

    select
        'review' as metric,
        count(*) as answers
    from {{ ref('stg_feedback__reviews') }}
    having count(*) > 0

),

counted as (

    select
        metric,
        period_type,
        sum(answers_given) as answers
    from {{ ref('satisfaction_scores') }}
    where dimension = 'all'
    group by metric, period_type

)

select
    accepted.metric,
    counted.period_type,
    accepted.answers as accepted_answers,
    counted.answers as counted_answers
from accepted
full join counted on accepted.metric = counted.metric
where coalesce(accepted.answers, -1) != coalesce(counted.answers, -2)
