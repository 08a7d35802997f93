{#- One row per input of the propensities: how far the people of today are from those of the training days. -#}
{#- int_model_measures reads it -#}
{{ config(access='protected') }}
{%- set of_a_target = ['own_orders', 'own_silence', 'plan_tenure', 'plan_level'] -%}
with

inputs as (

    select * from {{ ref('int_prediction_inputs') }}

),

training_days as (

    select days_before
    from {{ ref('int_prediction_roles') }}
    where role = 'training'
    group by days_before

),

people as (

    select
        inputs.*,
        training_days.days_before is not null as is_training
    from inputs
    left join training_days on inputs.days_before = training_days.days_before
    where inputs.days_before = 0 or training_days.days_before is not null

),

-- 1. one pass an input; what is not known of a person is a bin of its own
binned as (

    {%- for name, value in propensity_inputs().items() if name not in of_a_target %}
    select
        '{{ name }}' as input,
        {{ log_bin(value) }} as bin_no,
        sum(case when inputs.is_training then 1 else 0 end) as reference_count,
        sum(case when inputs.is_training then 0 else 1 end) as present_count
    from people as inputs
    group by {{ log_bin(value) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

bins as (

    select
        input,
        coalesce({{ as_text('bin_no') }}, '(unknown)') as bin,
        bin_no,
        reference_count,
        present_count
    from binned

),

{{ stability_ctes('bins', ['input']) }},

final as (

    select
        input,
        stability_index,
        reference_rows,
        present_rows
    from stability

)

select * from final
