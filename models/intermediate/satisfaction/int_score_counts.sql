{#-
  One row per metric, period, dimension and value of the dimension: answers that count and answers given,
  their sides of the scale, and their sums. Every value list of a dimension adds up to the total.
-#}
{{ config(materialized='view') }}
{%- set dimensions = ['channel', 'region', 'store', 'segment', 'category'] %}
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

-- 1. numbers instead of text keys, for all that is ranked and counted below
numbered as (

    select
        *,
        dense_rank() over (order by counted_key) as counted_number,
        dense_rank() over (order by answered_at, answer_id) as answer_number,
        case when customer_id is not null then dense_rank() over (order by customer_id) end as customer_number
    from answers

),

-- 2. each answer in its day, week, month and in all time
in_periods as (

    {%- for period_type in ['day', 'week', 'month', 'all'] %}

    select
        '{{ period_type }}' as period_type,
        {%- if period_type == 'all' %}
        min(answered_on) over (partition by metric) as period_start,
        {%- else %}
        {{ date_trunc_to(period_type, 'answered_on') }} as period_start,
        {%- endif %}
        metric,
        counted_number,
        answer_number,
        customer_number,
        channel,
        region,
        store_id as store,
        segment,
        category,
        score,
        score_class
    from numbered
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 3. one answer per person (ticket, product) and period: the newest
ranked as (

    select
        *,
        {%- if var('survey_answers_counted') == 'latest' %}
        row_number() over (
            partition by metric, period_type, period_start, counted_number
            order by answer_number desc
        ) as answer_rank
        {%- else %}
        1 as answer_rank
        {%- endif %}
    from in_periods

),

-- 4. counted in all and along each dimension
final as (

    select
        metric,
        period_type,
        period_start,
        case
            {%- for dimension in dimensions %}
            when grouping({{ dimension }}) = 0 then '{{ dimension }}'
            {%- endfor %}
            else 'all'
        end as dimension,
        case
            {%- for dimension in dimensions %}
            when grouping({{ dimension }}) = 0 then {{ dimension }}
            {%- endfor %}
            else '(all)'
        end as dimension_value,
        count(case when answer_rank = 1 then 1 end) as responses,
        count(*) as answers_given,
        count(distinct customer_number) as customers,
        count(case when answer_rank = 1 and score_class = 'promoter' then 1 end) as promoters,
        count(case when answer_rank = 1 and score_class = 'passive' then 1 end) as passives,
        count(case when answer_rank = 1 and score_class = 'detractor' then 1 end) as detractors,
        sum(case when answer_rank = 1 then score end) as total_score,
        sum(case when answer_rank = 1 then score * score end) as total_square
    from ranked
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ( -- noqa: PRS
        (metric, period_type, period_start)
        {%- for dimension in dimensions %},
        (metric, period_type, period_start, {{ dimension }})
        {%- endfor %}
    )

)

select * from final
