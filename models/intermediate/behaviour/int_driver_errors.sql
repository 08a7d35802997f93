{#-
  One row per goal and feature: the standard error of the fitted coefficient, the larger of two.
    model_error      from the information matrix, as if every visit were another person's
    clustered_error  visits of one person resemble each other: the sandwich of Liang and Zeger by
                     person, with the factor G / (G - 1) for G persons. Alone it would be far too
                     small for a level that hardly anybody saw and nobody converted from.
-#}
{%- set factors = conversion_factors() -%}
with

visits as (

    select * from {{ ref('int_driver_sample') }}

),

cells as (

    select * from {{ ref('int_driver_cells') }}

),

fit as (

    select * from {{ ref('int_driver_fit') }}

),

coefficients as (

    select
        goal,
        {{ ordered_array_agg('coefficient', 'feature_no') }} as coefficients
    from fit
    group by goal

),

shares as (

    select
        cells.*,
        1e0 / (1e0 + exp(-{{ logit_of('cells.features', 'coefficients.coefficients') }})) as share
    from cells
    inner join coefficients on cells.goal = coefficients.goal

),

-- 1. what each person converted beyond expectation, feature by feature
residuals as (

    select
        visits.goal,
        visits.person_number,
        shares.features,
        visits.is_converted - shares.share as residual
    from visits
    inner join shares
        on
            visits.goal = shares.goal
            {%- for factor in factors %}
            and visits.{{ factor }} = shares.{{ factor }}
            {%- endfor %}

),

scores as (

    select
        residuals.goal,
        residuals.person_number,
        feature_list.feature_no,
        sum(residuals.residual) as score
    from residuals
    {{ explode_array('residuals.features', 'feature_list', 'feature_no') }}
    group by residuals.goal, residuals.person_number, feature_list.feature_no

),

-- 2. the meat of the sandwich: how the features of a person miss together
meat as (

    select
        row_side.goal,
        row_side.feature_no as row_no,
        column_side.feature_no as column_no,
        sum(row_side.score * column_side.score) as cell
    from scores as row_side
    inner join scores as column_side
        on
            row_side.goal = column_side.goal
            and row_side.person_number = column_side.person_number
            and row_side.feature_no >= column_side.feature_no
    group by row_side.goal, row_side.feature_no, column_side.feature_no

),

persons as (

    select
        goal,
        count(*) as person_count
    from scores
    where feature_no = 1
    group by goal

),

-- 3. bread on both sides; a cell beside the diagonal stands for two
clustered as (

    select
        fit.goal,
        fit.feature_no,
        sqrt(greatest(
            sum(
                meat.cell * {{ array_get('fit.covariance', 'meat.row_no') }} * {{ array_get('fit.covariance', 'meat.column_no') }}
                * case when meat.row_no = meat.column_no then 1e0 else 2e0 end
            ) * max(persons.person_count) / greatest(max(persons.person_count) - 1, 1), 0e0
        )) as clustered_error
    from fit
    inner join meat on fit.goal = meat.goal
    inner join persons on fit.goal = persons.goal
    group by fit.goal, fit.feature_no

),

with_model_error as (

    select
        fit.goal,
        fit.feature_no,
        sqrt(greatest({{ array_get('fit.covariance', 'fit.feature_no') }}, 0e0)) as model_error,
        coalesce(clustered.clustered_error, 0e0) as clustered_error
    from fit
    left join clustered
        on
            fit.goal = clustered.goal
            and fit.feature_no = clustered.feature_no

),

final as (

    select
        *,
        greatest(model_error, clustered_error) as standard_error
    from with_model_error

)

select * from final
