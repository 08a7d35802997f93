{#-
  One row per period, source and theme: how often texts speak of it, and with which score. Themes
  are found by the terms of a seed; no text leaves staging.
-#}
with

mentions as (

    select * from {{ ref('int_feedback_theme_mentions') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

definitions as (

    select * from {{ ref('feedback_theme_definitions') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

in_periods as (

    {%- for period_type in ['week', 'month', 'all'] %}

    select
        '{{ period_type }}' as period_type,
        {%- if period_type == 'all' %}
        min(mentions.answered_on) over (partition by mentions.source_table) as period_start,
        {%- else %}
        {{ date_trunc_to(period_type, 'mentions.answered_on') }} as period_start,
        {%- endif %}
        mentions.source_table as source,
        mentions.theme,
        mentions.answer_id,
        answers.score_class,
        answers.score_share
    from mentions
    left join answers on mentions.answer_id = answers.answer_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

texts as (

    select
        period_type,
        period_start,
        source,
        count(distinct answer_id) as texts
    from in_periods
    group by period_type, period_start, source

),

counted as (

    select
        period_type,
        period_start,
        source,
        theme,
        count(*) as mentions,
        count(score_class) as scored_mentions,
        count(case when score_class = 'detractor' then 1 end) as negative_mentions,
        count(case when score_class = 'promoter' then 1 end) as positive_mentions,
        round(avg(score_share), 9) as mean_score_share
    from in_periods
    group by period_type, period_start, source, theme

),

final as (

    select
        -- key
        counted.period_type,
        counted.period_start,
        counted.source,
        counted.theme,

        -- attributes
        {{ is_period_over('counted.period_start', 'reference_date.as_of', 'counted.period_type') }} as is_complete,
        definitions.kind,
        definitions.label_en,
        definitions.label_zh,

        -- measures
        counted.mentions,
        texts.texts,
        {{ safe_divide('counted.mentions', 'texts.texts') }} as mention_share,
        {{ wilson_low('counted.mentions', 'texts.texts') }} as mention_share_low,
        {{ wilson_high('counted.mentions', 'texts.texts') }} as mention_share_high,
        counted.scored_mentions,
        {{ safe_divide('counted.negative_mentions', 'counted.scored_mentions') }} as negative_share,
        {{ wilson_low('counted.negative_mentions', 'counted.scored_mentions') }} as negative_share_low,
        {{ wilson_high('counted.negative_mentions', 'counted.scored_mentions') }} as negative_share_high,
        {{ safe_divide('counted.positive_mentions', 'counted.scored_mentions') }} as positive_share,
        {{ wilson_low('counted.positive_mentions', 'counted.scored_mentions') }} as positive_share_low,
        {{ wilson_high('counted.positive_mentions', 'counted.scored_mentions') }} as positive_share_high,
        counted.mean_score_share,
        counted.mentions < {{ var('small_sample_under') | int }} as is_small_sample
    from counted
    cross join reference_date
    inner join definitions on counted.theme = definitions.theme
    inner join texts
        on
            counted.period_type = texts.period_type
            and counted.period_start = texts.period_start
            and counted.source = texts.source

)

select * from final
