{#- One row per customer and metric: their newest answer, and the score of the one before. -#}
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

sequenced as (

    select
        customer_id,
        metric,
        answered_on,
        score,
        score_share,
        score_class,
        lag(score) over (
            partition by customer_id, metric order by answered_at asc, answer_id asc
        ) as score_before,
        lag(score_share) over (
            partition by customer_id, metric order by answered_at asc, answer_id asc
        ) as share_before,
        row_number() over (
            partition by customer_id, metric order by answered_at desc, answer_id desc
        ) as answer_rank
    from answers
    where customer_id is not null

),

final as (

    select
        -- key
        customer_id,
        metric,

        -- attributes
        answered_on,
        score_class,

        -- measures
        score,
        score_share,
        score_before,
        share_before
    from sequenced
    where answer_rank = 1

)

select * from final
