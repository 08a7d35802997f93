{#- One row per target and customer of its population with consent to personalisation: how likely it is, and why. -#}
with

scores as (

    select * from {{ ref('int_propensity_scores') }}

),

people as (

    select * from {{ ref('int_prediction_people') }}

),

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

choice as (

    select * from {{ ref('int_propensity_choice') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

inputs as (

    select * from {{ ref('prediction_inputs') }}

),

-- 1. both texts of a reason, by its number: twice the number of the input, one more where it raises
words as (

    {%- for input in propensity_inputs() %}
    {%- set reason = 2 * loop.index %}
    {%- for direction in [0, 1] %}
    select
        {{ direction }} as is_raised,
        '{{ input }}' as input,
        {{ reason + direction }} as reason
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

reasons as (

    select
        words.reason,
        concat(inputs.text_en, case when words.is_raised = 1 then ' (raises)' else ' (lowers)' end) as text_en,
        concat(inputs.text_zh, case when words.is_raised = 1 then '（提高）' else '（降低）' end) as text_zh,
        concat(inputs.absent_en, case when words.is_raised = 1 then ' (raises)' else ' (lowers)' end) as absent_en,
        concat(inputs.absent_zh, case when words.is_raised = 1 then '（提高）' else '（降低）' end) as absent_zh
    from words
    inner join inputs on words.input = inputs.input

),

-- 2. tenths of the people asked about; equal probabilities share a tenth
ranked as (

    select
        *,
        rank() over (partition by fit_no order by probability desc) as score_rank,
        count(*) over (partition by fit_no) as score_count
    from scores

),

told as (

    select
        ranked.fit_no,
        ranked.person_no,
        ranked.probability,
        ranked.score_rank,
        ranked.score_count
        {%- for place in [1, 2, 3] %}
        {%- for language in ['en', 'zh'] %},
        case
            when ranked.number_{{ place }} is null then reasons_{{ place }}.absent_{{ language }}
            else replace(reasons_{{ place }}.text_{{ language }}, '{n}', {{ as_text('ranked.number_' ~ place) }})
        end as text_{{ place }}_{{ language }}
        {%- endfor %}
        {%- endfor %}
    from ranked
    {%- for place in [1, 2, 3] %}
    left join reasons as reasons_{{ place }} on ranked.reason_{{ place }} = reasons_{{ place }}.reason
    {%- endfor %}

),

final as (

    select
        -- key
        people.customer_id,
        targets.target,

        -- attributes
        targets.label_en as target_label_en,
        targets.label_zh as target_label_zh,
        targets.horizon_days,
        choice.model_used,
        choice.is_trustworthy,
        choice.reason,
        choice.reason_zh,

        -- measures
        told.probability,
        case
            when told.probability is not null
                then cast(1 + floor(10e0 * (told.score_rank - 1) / told.score_count) as int)
        end as decile,
        coalesce(
            told.text_1_en
            || coalesce('; ' || told.text_2_en, '')
            || coalesce('; ' || told.text_3_en, ''),
            'the same for everybody asked about'
        ) as top_reasons,
        coalesce(
            told.text_1_zh
            || coalesce('；' || told.text_2_zh, '')
            || coalesce('；' || told.text_3_zh, ''),
            '对所有人相同'
        ) as top_reasons_zh,

        -- times
        {{ add_days('reference_date.as_of', 'targets.horizon_days') }} as horizon_ends_on
    from told
    inner join people on told.person_no = people.person_no
    inner join targets on told.fit_no = targets.fit_no
    inner join choice on told.fit_no = choice.fit_no
    cross join reference_date

)

select * from final
