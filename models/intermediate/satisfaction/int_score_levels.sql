{#-
  One row per metric, kind of subject, subject and month with an answer: what the subject usually scored
  in earlier months, drawn towards the mean of the metric. Subjects: a category, the product of a review.
-#}
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

-- 1. months of each category and product, and of the metric as a whole
subject_months as (

    select
        metric,
        'category' as subject_kind,
        category as subject,
        {{ date_trunc_to('month', 'answered_on') }} as answer_month,
        sum(score) as total_score,
        count(*) as answer_count
    from answers
    group by metric, category, {{ date_trunc_to('month', 'answered_on') }}

    union all

    select
        metric,
        'product' as subject_kind,
        product_id as subject,
        {{ date_trunc_to('month', 'answered_on') }} as answer_month,
        sum(score) as total_score,
        count(*) as answer_count
    from answers
    where metric = 'review' and product_id is not null
    group by metric, product_id, {{ date_trunc_to('month', 'answered_on') }}

),

metric_months as (

    select
        metric,
        answer_month,
        sum(total_score) as total_score,
        sum(answer_count) as answer_count
    from subject_months
    where subject_kind = 'category'
    group by metric, answer_month

),

-- 2. the months before, as if 20 (category) or 5 (product) further answers had been average
metric_before as (

    select
        metric,
        answer_month,
        {{ safe_divide(
            'sum(total_score) over (partition by metric order by answer_month
                rows between unbounded preceding and 1 preceding)',
            'sum(answer_count) over (partition by metric order by answer_month
                rows between unbounded preceding and 1 preceding)'
        ) }} as mean_before
    from metric_months

),

subject_before as (

    select
        metric,
        subject_kind,
        subject,
        answer_month,
        case subject_kind when 'category' then 20e0 else 5e0 end as prior_answers,
        coalesce(sum(total_score) over (
            partition by metric, subject_kind, subject order by answer_month
            rows between unbounded preceding and 1 preceding
        ), 0e0) as total_before,
        cast(coalesce(sum(answer_count) over (
            partition by metric, subject_kind, subject order by answer_month
            rows between unbounded preceding and 1 preceding
        ), 0) as double) as count_before
    from subject_months

),

final as (

    select
        -- key
        subject_before.metric,
        subject_before.subject_kind,
        subject_before.subject,
        subject_before.answer_month,

        -- measures
        (subject_before.total_before + subject_before.prior_answers * metric_before.mean_before)
        / (subject_before.count_before + subject_before.prior_answers) as score_level
    from subject_before
    inner join metric_before
        on
            subject_before.metric = metric_before.metric
            and subject_before.answer_month = metric_before.answer_month
    where not (subject_before.subject_kind = 'category' and subject_before.subject = '(unknown)')

)

select * from final
