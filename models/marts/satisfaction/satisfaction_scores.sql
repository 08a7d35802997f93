{#-
  One row per metric, period, dimension and value of the dimension: the score with its interval and
  its change against the period before. Every value list of a dimension adds up to the total.
-#}
with

counted as (

    select * from {{ ref('int_score_counts') }}

),

metrics as (

    select * from {{ ref('feedback_metrics') }}

),

sends as (

    select * from {{ ref('int_survey_sends') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. the score by the metric's method
scored as (

    select
        counted.*,
        metrics.score_method,
        metrics.scale_min,
        metrics.scale_max,
        counted.total_score / counted.responses as mean_score,
        case metrics.score_method
            when 'net_share'
                then 100e0 * (counted.promoters - counted.detractors) / counted.responses
            when 'top_share' then {{ safe_divide('counted.promoters', 'counted.responses') }}
            else counted.total_score / counted.responses
        end as score,
        case metrics.score_method
            when 'net_share'
                then 1e4 * {{ net_share_variance(
                    'counted.promoters', 'counted.detractors', 'counted.responses'
                ) }}
            when 'mean'
                then {{ mean_variance(
                    'counted.total_score', 'counted.total_square', 'counted.responses'
                ) }}
        end as score_variance
    from counted
    inner join metrics on counted.metric = metrics.metric
    where counted.responses > 0

),

-- 2. the period right before, if it has answers
with_previous as (

    select
        scored.*,
        previous.score as previous_score,
        previous.score_variance as previous_variance,
        previous.responses as previous_responses,
        previous.promoters as previous_promoters
    from scored
    left join scored as previous
        on
            scored.metric = previous.metric
            and scored.period_type = previous.period_type
            and scored.dimension = previous.dimension
            and scored.dimension_value = previous.dimension_value
            and previous.period_start = case scored.period_type
                when 'day' then {{ add_days('scored.period_start', -1) }}
                when 'week' then {{ add_days('scored.period_start', -7) }}
                when 'month' then {{ add_months_to('scored.period_start', -1) }}
            end

),

compared as (

    select
        *,
        score - previous_score as change,
        case score_method
            when 'top_share'
                then {{ proportions_z(
                    'promoters', 'responses', 'previous_promoters', 'previous_responses'
                ) }}
            else {{ difference_z('score', 'score_variance', 'previous_score', 'previous_variance') }}
        end as change_z
    from with_previous

),

with_p as (

    select
        *,
        {{ two_sided_p('change_z') }} as p_value,
        responses < {{ var('small_sample_under') | int }} as is_small_sample,
        coalesce(previous_responses < {{ var('small_sample_under') | int }}, true) as is_previous_small
    from compared

),

-- 3. many values and periods are compared: false alarms are held down within metric and dimension
tested as (

    {{ benjamini_hochberg('with_p', 'p_value', ['metric', 'period_type', 'dimension']) }}

),

final as (

    select
        -- key
        tested.metric,
        tested.period_type,
        tested.period_start,
        tested.dimension,
        tested.dimension_value,

        -- attributes
        {{ is_period_over('tested.period_start', 'reference_date.as_of', 'tested.period_type') }} as is_complete,

        -- labels
        metrics.label_en as metric_label_en,
        metrics.label_zh as metric_label_zh,
        metrics.definition_en,
        metrics.definition_zh,

        -- score
        tested.responses,
        tested.score,
        tested.mean_score,
        case tested.score_method
            when 'net_share'
                then greatest(-100e0, tested.score - 1.96e0 * sqrt(tested.score_variance))
            when 'top_share' then {{ wilson_low('tested.promoters', 'tested.responses') }}
            else greatest(
                cast(tested.scale_min as double),
                tested.score - {{ z_95() }} * sqrt(tested.score_variance)
            )
        end as ci_low,
        case tested.score_method
            when 'net_share'
                then least(100e0, tested.score + 1.96e0 * sqrt(tested.score_variance))
            when 'top_share' then {{ wilson_high('tested.promoters', 'tested.responses') }}
            else least(
                cast(tested.scale_max as double),
                tested.score + {{ z_95() }} * sqrt(tested.score_variance)
            )
        end as ci_high,
        tested.promoters,
        tested.passives,
        tested.detractors,
        tested.is_small_sample,

        -- change
        tested.previous_score,
        tested.previous_responses,
        tested.change,
        tested.p_value,
        tested.q_value,
        coalesce(tested.q_value < 0.05e0, false)
        and not tested.is_small_sample and not tested.is_previous_small as is_significant,

        -- who was asked, who answered
        tested.customers,
        tested.answers_given,
        sends.sends as survey_sends,
        sends.people as survey_people,
        case
            when sends.sends >= tested.answers_given
                then {{ safe_divide('tested.answers_given', 'sends.sends') }}
        end as response_rate,
        case when sends.sends >= tested.answers_given then {{ wilson_low('tested.answers_given', 'sends.sends') }} end as response_rate_low,
        case when sends.sends >= tested.answers_given then {{ wilson_high('tested.answers_given', 'sends.sends') }} end as response_rate_high,
        {{ safe_divide('sends.sends', 'sends.people') }} as sends_per_person
    from tested
    cross join reference_date
    inner join metrics on tested.metric = metrics.metric
    left join sends
        on
            tested.metric = sends.metric
            and tested.period_type = sends.period_type
            and tested.dimension = 'all'
            and (tested.period_start = sends.period_start or tested.period_type = 'all')

)

select * from final
