{#- One row per target: examples and cases by role, and whether they are enough for a model. -#}
with

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

cells as (

    select * from {{ ref('int_propensity_cells') }}

),

sums as (

    select
        fit_no,
        {%- for role in ['training', 'holdout'] %}
        sum(case when role = '{{ role }}' then example_count else 0 end) as {{ role }}_rows,
        sum(case when role = '{{ role }}' then positives else 0 end) as {{ role }}_positives{{ ',' if not loop.last }}
        {%- endfor %}
    from cells
    group by fit_no

),

final as (

    select
        targets.fit_no,
        targets.min_positives,
        {%- for column in ['training_rows', 'training_positives', 'holdout_rows', 'holdout_positives'] %}
        cast(coalesce(sums.{{ column }}, 0) as bigint) as {{ column }},
        {%- endfor %}
        coalesce(least(sums.training_positives, sums.training_rows - sums.training_positives) >= targets.min_positives, false)
            as is_fitted
    from targets
    left join sums on targets.fit_no = sums.fit_no

)

select * from final
