{#- One row: where the slope of a term may change, the median of it over training days. -#}
with

inputs as (

    select * from {{ ref('int_prediction_inputs') }}
    where days_before > 0 and order_days > 0

),

knots as (

    select
        {%- for input in propensity_hinges() %}
        {%- set value = propensity_inputs()[input] ~ (' / 100e0' if input == 'rhythm' else '') %}
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
