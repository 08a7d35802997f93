{#-
  One row per goal and feature: the standard error of the fitted coefficient, the larger of two.
    model_error      from the information matrix, as if every visit were another person's
    clustered_error  visits of one person resemble each other: the sandwich of Liang and Zeger by
                     person, with the factor G / (G - 1) for G persons. Alone it would be far too
                     small for a level that hardly anybody saw and nobody converted from.
-#}
with

visits as (

    select * from {{ ref('int_driver_sample') }}

),

cells as (

    select * from {{ ref('int_driver_cells') }}

),

features as (

    select * from {{ ref('int_driver_features') }}

),

fit as (

    select
        *,
        row_number() over (
            partition by goal
            order by feature_no asc
        ) as place
    from {{ ref('int_driver_fit') }}

),

shares as (

    select
        features.cell_no,
        1e0 / (1e0 + exp(-sum(fit.coefficient))) as share
    from features
    inner join fit
        on
            features.goal = fit.goal
            and features.feature_no = fit.feature_no
    group by features.cell_no

),

-- 1. how far one conversion more in a cell moves each coefficient
levers as (

    select
        features.goal,
        features.cell_no,
        moved.feature_no,
        sum({{ array_get('moved.covariance', 'present.place') }}) as lever
    from features
    inner join fit as present
        on
            features.goal = present.goal
            and features.feature_no = present.feature_no
    inner join fit as moved on features.goal = moved.goal
    group by features.goal, features.cell_no, moved.feature_no

),

-- 2. what each person converted beyond expectation, cell by cell
residuals as (

    select
        visits.goal,
        visits.person_key,
        cells.cell_no,
        visits.converted - visits.exposed * shares.share as residual,
        count(*) over (partition by visits.goal, visits.person_key) as cell_count
    from visits
    inner join cells
        on
            visits.goal = cells.goal
            {%- for factor in conversion_factors() %}
            and visits.{{ factor }} = cells.{{ factor }}
            {%- endfor %}
    inner join shares on cells.cell_no = shares.cell_no

),

-- 3. most persons lie in one cell: their squares are added up there
squares_alone as (

    select
        goal,
        cell_no,
        sum(residual * residual) as residual_squares
    from residuals
    where cell_count = 1
    group by goal, cell_no

),

moves_of_persons as (

    select
        residuals.goal,
        levers.feature_no,
        sum(residuals.residual * levers.lever) as move
    from residuals
    inner join levers on residuals.cell_no = levers.cell_no
    where residuals.cell_count > 1
    group by residuals.goal, residuals.person_key, levers.feature_no

),

squares as (

    select
        squares_alone.goal,
        levers.feature_no,
        squares_alone.residual_squares * levers.lever * levers.lever as square
    from squares_alone
    inner join levers on squares_alone.cell_no = levers.cell_no
    union all
    select
        goal,
        feature_no,
        move * move as square
    from moves_of_persons

),

persons as (

    select
        goal,
        count(distinct person_key) as person_count
    from visits
    group by goal

),

clustered as (

    select
        squares.goal,
        squares.feature_no,
        sqrt(
            sum(squares.square) * max(persons.person_count)
            / greatest(max(persons.person_count) - 1, 1)
        ) as clustered_error
    from squares
    inner join persons on squares.goal = persons.goal
    group by squares.goal, squares.feature_no

),

with_model_error as (

    select
        fit.goal,
        fit.feature_no,
        sqrt(greatest({{ array_get('fit.covariance', 'fit.place') }}, 0e0)) as model_error,
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
