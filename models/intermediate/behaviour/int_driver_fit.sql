{#-
  One row per goal and feature: logistic regression of reaching the goal on all factors at once.
  One step is one of Newton's, with a ridge of 0.01 (a level that nobody converted from would
  otherwise run away) and no coefficient moving by more than 2. `covariance` is the feature's row of
  the inverse information, in the order of feature_no.
-#}
{{ config(
    materialized='iterate',
    init_model='int_driver_fit_initial',
    metric_sql='select max(abs(next_fit.coefficient - prev_fit.coefficient)) from {next} as next_fit
        inner join {prev} as prev_fit
        on next_fit.goal = prev_fit.goal and next_fit.feature_no = prev_fit.feature_no',
    tolerance=1e-8,
    max_iterations=60,
    on_max='warn'
) }}
{%- set ridge = '0.01e0' -%}
with

features as (

    select * from {{ ref('int_driver_features') }}

),

previous as (

    select * from {{ ref('int_driver_fit_initial') }}

),

-- 1. fitted share per combination
fitted as (

    select
        features.goal,
        features.cell_no,
        max(features.exposed) as exposed,
        max(features.converted) as converted,
        sum(previous.coefficient) as logit
    from features
    inner join previous
        on
            features.goal = previous.goal
            and features.feature_no = previous.feature_no
    group by features.goal, features.cell_no

),

weighted as (

    select
        goal,
        cell_no,
        converted - exposed / (1e0 + exp(-logit)) as residual,
        exposed / (1e0 + exp(-logit)) / (1e0 + exp(logit)) as weight
    from fitted

),

gradients as (

    select
        features.goal,
        features.feature_no,
        sum(weighted.residual) as gradient
    from features
    inner join weighted on features.cell_no = weighted.cell_no
    group by features.goal, features.feature_no

),

-- 2. information matrix, with the ridge
pairs as (

    select
        row_features.goal,
        row_features.feature_no as row_no,
        column_features.feature_no as column_no,
        sum(weighted.weight) as cell
    from features as row_features
    inner join features as column_features on row_features.cell_no = column_features.cell_no
    inner join weighted on row_features.cell_no = weighted.cell_no
    group by row_features.goal, row_features.feature_no, column_features.feature_no

),

dense as (

    select
        row_side.goal,
        row_side.feature_no as row_no,
        column_side.feature_no as column_no,
        coalesce(pairs.cell, 0e0)
        + case when row_side.feature_no = column_side.feature_no and row_side.feature_no > 1 then {{ ridge }} else 0e0 end as cell
    from previous as row_side
    inner join previous as column_side on row_side.goal = column_side.goal
    left join pairs
        on
            row_side.goal = pairs.goal
            and row_side.feature_no = pairs.row_no
            and column_side.feature_no = pairs.column_no

),

matrix_rows as (

    select
        goal,
        row_no,
        {{ ordered_array_agg('cell', 'column_no') }} as cells
    from dense
    group by goal, row_no

),

matrices as (

    select
        goal,
        {{ ordered_array_agg('cells', 'row_no') }} as information
    from matrix_rows
    group by goal

),

inverses as (

    select
        goal,
        {{ inverse_matrix('information') }} as covariance
    from matrices

),

-- 3. places of the features within their goal
placed as (

    select
        previous.goal,
        previous.feature_no,
        previous.coefficient,
        gradients.gradient - case when previous.feature_no > 1 then {{ ridge }} else 0e0 end * previous.coefficient as slope,
        row_number() over (
            partition by previous.goal
            order by previous.feature_no asc
        ) as place
    from previous
    inner join gradients
        on
            previous.goal = gradients.goal
            and previous.feature_no = gradients.feature_no

),

moves as (

    select
        row_side.goal,
        row_side.feature_no,
        row_side.coefficient,
        sum({{ array_get(array_get('inverses.covariance', 'row_side.place'), 'column_side.place') }} * column_side.slope) as move,
        max({{ array_get('inverses.covariance', 'row_side.place') }}) as covariance
    from placed as row_side
    inner join placed as column_side on row_side.goal = column_side.goal
    inner join inverses on row_side.goal = inverses.goal
    group by row_side.goal, row_side.feature_no, row_side.coefficient

),

final as (

    select
        goal,
        feature_no,
        coefficient + greatest(-2e0, least(2e0, move)) as coefficient,
        covariance
    from moves

)

select * from final
