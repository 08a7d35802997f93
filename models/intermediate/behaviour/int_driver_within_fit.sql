{#-
  One row per goal and feature: a linear regression of reaching the goal on all factors at once, every visit compared with
  the other visits of the same person only. What stays with a person, seen or unseen, cannot move it. `own_spread` is how much of the
  feature varies within people, `covariance_row` the feature's row of the inverse, in the order of `place`.
-#}
{%- set ridge = '0.01e0' -%}
with

repeats as (

    select * from {{ ref('int_driver_repeats') }}

),

cells as (

    select * from {{ ref('int_driver_cells') }}

),

-- what a person did before follows from their earlier outcomes: beside their own mean it would explain them backwards
levels as (

    select * from {{ ref('int_driver_levels') }}
    where feature_no is not null and factor not in ('visits_before', 'orders_before')

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

-- 1. features by person, and their products less those of the person's means
person_features as (

    select
        placed.goal,
        placed.person_number,
        placed.visit_count,
        feature_list.feature_no,
        cast(count(*) as double) as feature_visits,
        sum(placed.own_deviation) as target
    from placed
    {{ explode_array('placed.features', 'feature_list', 'feature_no') }}
    inner join levels
        on
            placed.goal = levels.goal
            and feature_list.feature_no = levels.feature_no
    group by placed.goal, placed.person_number, placed.visit_count, feature_list.feature_no

),

repeated_cells as (

    select
        goal,
        cell_no,
        cast(count(*) as double) as visit_count
    from placed
    group by goal, cell_no

),

-- all visits of a combination at once: whole numbers, exact in any order
visit_pairs as (

    select
        cells.goal,
        pairs.feature_pair,
        sum(repeated_cells.visit_count) as product
    from cells
    inner join repeated_cells
        on
            cells.goal = repeated_cells.goal
            and cells.cell_no = repeated_cells.cell_no
    {{ explode_array('cells.feature_pairs', 'pairs', 'feature_pair') }}
    group by cells.goal, pairs.feature_pair

),

products as (

    select
        goal,
        feature_pair,
        product
    from visit_pairs

    union all

    select
        row_side.goal,
        {{ feature_pair('row_side.feature_no', 'column_side.feature_no') }} as feature_pair,
        -row_side.feature_visits * column_side.feature_visits / row_side.visit_count as product
    from person_features as row_side
    inner join person_features as column_side
        on
            row_side.goal = column_side.goal
            and row_side.person_number = column_side.person_number
            and row_side.feature_no >= column_side.feature_no

),

sums as (

    select
        goal,
        feature_pair,
        {{ fixed_sum('product') }} as cell
    from products
    group by goal, feature_pair

),

targets as (

    select
        goal,
        feature_no,
        {{ fixed_sum('target') }} as target
    from person_features
    group by goal, feature_no

),

-- 2. the equations; a feature that never varies within a person has only the ridge
dense as (

    select
        row_side.goal,
        row_side.feature_no as row_no,
        column_side.feature_no as column_no,
        row_side.target,
        coalesce(sums.cell, 0e0) + case when row_side.feature_no = column_side.feature_no then {{ ridge }} else 0e0 end as cell
    from targets as row_side
    inner join targets as column_side on row_side.goal = column_side.goal
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
        max(target) as target,
        cast(row_number() over (partition by goal order by row_no asc) as int) as place,
        {{ ordered_array_agg('cell', 'column_no') }} as cells
    from dense
    group by goal, row_no

),

matrices as (

    select
        goal,
        {{ ordered_array_agg('cells', 'row_no') }} as information,
        {{ ordered_array_agg('target', 'row_no') }} as targets
    from matrix_rows
    group by goal

),

inverses as (

    select
        goal,
        targets,
        {{ inverse_matrix('information') }} as covariance
    from matrices

),

final as (

    select
        matrix_rows.goal,
        matrix_rows.row_no as feature_no,
        matrix_rows.place,
        {{ array_get('matrix_rows.cells', 'matrix_rows.place') }} - {{ ridge }} as own_spread,
        {{ array_get('inverses.covariance', 'matrix_rows.place') }} as covariance_row,
        {{ fold_array(number_array(1, 'cardinality(inverses.targets)'), '0e0', 'total', 'column_place',
            'total + ' ~ array_get(array_get('inverses.covariance', 'matrix_rows.place'), 'column_place') ~ ' * ' ~ array_get('inverses.targets', 'column_place')
        ) }} as difference
    from matrix_rows
    inner join inverses on matrix_rows.goal = inverses.goal

)

select * from final
