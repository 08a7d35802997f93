{#-
  One row per goal and feature that varies within people: what the level does to the same person's visits.
    difference      share of visits that reach the goal, with the level less with the reference
    standard_error  a person's visits count as one cluster (sandwich of Liang and Zeger, factor G / (G - 1))
  An experiment of which a person keeps one variant is compared through their visits before it: who got which variant and converted more
  all along differs in both.
-#}
with

repeats as (

    select * from {{ ref('int_driver_repeats') }}

),

cells as (

    select * from {{ ref('int_driver_cells') }}

),

coefficients as (

    select * from {{ ref('int_driver_within_fit') }}

),

placed as (

    select
        repeats.*,
        cells.features
    from repeats
    inner join cells
        on
            repeats.goal = cells.goal
            and repeats.cell_no = cells.cell_no

),

-- what each person converted beyond expectation, feature by feature
fitted as (

    select
        cells.goal,
        cells.cell_no,
        sum(coefficients.difference) as fitted_share
    from cells
    {{ explode_array('cells.features', 'feature_list', 'feature_no') }}
    inner join coefficients
        on
            cells.goal = coefficients.goal
            and feature_list.feature_no = coefficients.feature_no
    group by cells.goal, cells.cell_no

),

residuals as (

    select
        placed.goal,
        placed.person_number,
        placed.features,
        placed.own_deviation - coalesce(fitted.fitted_share, 0e0)
        + avg(coalesce(fitted.fitted_share, 0e0)) over (partition by placed.goal, placed.person_number) as residual
    from placed
    left join fitted
        on
            placed.goal = fitted.goal
            and placed.cell_no = fitted.cell_no

),

scores as (

    select
        residuals.goal,
        residuals.person_number,
        coefficients.place,
        sum(residuals.residual) as score
    from residuals
    {{ explode_array('residuals.features', 'feature_list', 'feature_no') }}
    inner join coefficients
        on
            residuals.goal = coefficients.goal
            and feature_list.feature_no = coefficients.feature_no
    group by residuals.goal, residuals.person_number, coefficients.place

),

meat as (

    select
        row_side.goal,
        row_side.place as row_place,
        column_side.place as column_place,
        {{ fixed_sum('row_side.score * column_side.score') }} as cell
    from scores as row_side
    inner join scores as column_side
        on
            row_side.goal = column_side.goal
            and row_side.person_number = column_side.person_number
            and row_side.place >= column_side.place
    group by row_side.goal, row_side.place, column_side.place

),

persons as (

    select
        goal,
        count(distinct person_number) as person_count
    from repeats
    group by goal

),

errors as (

    select
        coefficients.goal,
        coefficients.feature_no,
        sum(
            meat.cell * {{ array_get('coefficients.covariance_row', 'meat.row_place') }} * {{ array_get('coefficients.covariance_row', 'meat.column_place') }}
            * case when meat.row_place = meat.column_place then 1e0 else 2e0 end
        ) as variance
    from coefficients
    inner join meat on coefficients.goal = meat.goal
    group by coefficients.goal, coefficients.feature_no

),

final as (

    select
        coefficients.goal,
        coefficients.feature_no,
        {{ round_significant('coefficients.difference', 8) }} as difference,
        {{ round_significant('sqrt(greatest(errors.variance * persons.person_count / greatest(persons.person_count - 1, 1), 0e0))', 8) }} as standard_error
    from coefficients
    inner join errors
        on
            coefficients.goal = errors.goal
            and coefficients.feature_no = errors.feature_no
    inner join persons on coefficients.goal = persons.goal
    -- fewer than the spread of two people who had it once each in two visits say nothing
    where coefficients.own_spread >= 1e0

)

select * from final
