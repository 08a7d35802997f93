{#- One row per fitted target and term: what moves the probability, the other terms being equal. -#}
with

models as (

    select * from {{ ref('int_propensity_models') }}

),

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

choice as (

    select * from {{ ref('int_propensity_choice') }}

),

inputs as (

    select * from {{ ref('prediction_inputs') }}

),

-- one row a term; a constant term has no part in the model
terms as (

    select
        fit_no,
        '(intercept)' as feature,
        cast(null as string) as input,
        b_0 as coefficient,
        cast(null as double) as standard_error,
        1e0 as mean,
        0e0 as standard_deviation,
        training_rows
    from models
    {%- for term in propensity_terms() %}
    union all
    select
        fit_no,
        '{{ term[0] }}' as feature,
        '{{ term[1] }}' as input,
        b_{{ loop.index }} as coefficient,
        error_{{ loop.index }} as standard_error,
        mean_{{ loop.index }} as mean,
        deviation_{{ loop.index }} as standard_deviation,
        training_rows
    from models
    where deviation_{{ loop.index }} > 0e0
    {%- endfor %}

),

final as (

    select
        -- key
        targets.target,
        terms.feature,

        -- attributes
        terms.input,
        inputs.label_en as input_label_en,
        inputs.label_zh as input_label_zh,
        case
            when terms.feature like '%_above' then 'change of slope above the median, on a logarithmic scale'
            when terms.feature = 'is_buyer' then 'yes or no'
            when terms.feature in ('store_share', 'discount_share', 'return_share', 'alive', 'satisfaction', 'plan_level') then 'as it is'
            when terms.feature != '(intercept)' then 'logarithm of 1 + value'
        end as form,
        choice.model_used = 'logistic' as is_used,
        case
            when terms.standard_error is null then '(none)'
            -- many terms are asked at once, and examples of one person are alike
            when terms.coefficient > 3e0 * terms.standard_error then 'raises'
            when terms.coefficient < -3e0 * terms.standard_error then 'lowers'
            else 'not_clear'
        end as direction,

        -- measures: for one standard deviation more
        terms.coefficient,
        terms.standard_error,
        {{ round_significant('exp(terms.coefficient)', 6) }} as odds_ratio,
        {{ round_significant('exp(terms.coefficient - 1.959963985e0 * terms.standard_error)', 6) }} as ci_low,
        {{ round_significant('exp(terms.coefficient + 1.959963985e0 * terms.standard_error)', 6) }} as ci_high,
        terms.mean,
        terms.standard_deviation,
        terms.training_rows
    from terms
    inner join targets on terms.fit_no = targets.fit_no
    inner join choice on terms.fit_no = choice.fit_no
    left join inputs on terms.input = inputs.input

)

select * from final
