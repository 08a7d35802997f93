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

cells as (

    select * from {{ ref('int_driver_cells') }}

),

previous as (

    select * from {{ ref('int_driver_fit_initial') }}

),

-- 1. fitted share per combination
coefficients as (

    select
        goal,
        {{ ordered_array_agg('coefficient', 'feature_no') }} as coefficients
    from previous
    group by goal

),

fitted as (

    select
        cells.goal,
        cells.feature_pairs,
        cells.exposed,
        cells.converted,
        {{ logit_of('cells.features', 'coefficients.coefficients') }} as logit
    from cells
    inner join coefficients on cells.goal = coefficients.goal

),

weighted as (

    select
        goal,
        feature_pairs,
        converted - exposed / (1e0 + exp(-logit)) as residual,
        exposed / (1e0 + exp(-logit)) / (1e0 + exp(logit)) as weight
    from fitted

),

-- 2. gradient and information matrix in one pass: a feature's residuals are those of its pair with the intercept
sums as (

    select
        weighted.goal,
        pairs.feature_pair,
        sum(weighted.residual) as residual,
        sum(weighted.weight) as weight
    from weighted
    {{ explode_array('weighted.feature_pairs', 'pairs', 'feature_pair') }}
    group by weighted.goal, pairs.feature_pair

),

-- with the ridge
dense as (

    select
        row_side.goal,
        row_side.feature_no as row_no,
        column_side.feature_no as column_no,
        coalesce(sums.weight, 0e0)
        + case when row_side.feature_no = column_side.feature_no and row_side.feature_no > 1 then {{ ridge }} else 0e0 end as cell
    from previous as row_side
    inner join previous as column_side on row_side.goal = column_side.goal
    left join sums
        on
            row_side.goal = sums.goal
            and {{ feature_pair('greatest(row_side.feature_no, column_side.feature_no)',
                'least(row_side.feature_no, column_side.feature_no)') }} = sums.feature_pair

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

-- 3. the step
slopes as (

    select
        previous.goal,
        previous.feature_no,
        previous.coefficient,
        sums.residual - case when previous.feature_no > 1 then {{ ridge }} else 0e0 end * previous.coefficient as slope
    from previous
    inner join sums
        on
            previous.goal = sums.goal
            and {{ feature_pair('previous.feature_no', '1') }} = sums.feature_pair

),

moves as (

    select
        row_side.goal,
        row_side.feature_no,
        row_side.coefficient,
        sum({{ array_get(array_get('inverses.covariance', 'row_side.feature_no'), 'column_side.feature_no') }} * column_side.slope) as move,
        max({{ array_get('inverses.covariance', 'row_side.feature_no') }}) as covariance
    from slopes as row_side
    inner join slopes as column_side on row_side.goal = column_side.goal
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
