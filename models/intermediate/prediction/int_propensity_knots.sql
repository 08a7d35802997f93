{#- One row: where the slope of a term may change, the median of it over training days. -#}
with

training_days as (

    select days_before from {{ ref('int_prediction_roles') }}
    where role = 'training'
    group by days_before

),

inputs as (

    select inputs.*
    from {{ ref('int_prediction_inputs') }} as inputs
    inner join training_days on inputs.days_before = training_days.days_before
    where inputs.order_days > 0

),

knots as (

    select
        {%- for input in propensity_hinges() %}
        {%- set value = in_a_whole_window(input, propensity_inputs()[input]) ~ (' / 100e0' if input == 'rhythm' else '') %}
        coalesce(percentile_cont(0.5) within group (order by {{ safe_ln('1e0 + ' ~ value) }}), 0e0) as {{ input }}_exact{{ ',' if not loop.last }}
        {%- endfor %}
    from inputs

),

final as (

    select
        {%- for input in propensity_hinges() %}
        {{ round_significant(input ~ '_exact', 6) }} as {{ input }}_knot{{ ',' if not loop.last }}
        {%- endfor %}
    from knots

)

select * from final
