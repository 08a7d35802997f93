{#-
  One row per category, cutoff, feature set and feature: its effect on the logarithm of weekly units, a ridge regression on the
  weeks known at the cutoff. Set `events` has level, trend and events; set `season` the season as well, from 60 known weeks on.
  The ridge is the variance of a week (0.1 squared) over that of effects (0.6 squared for events, 0.2 squared for seasons).
-#}
with

features as (

    select * from {{ ref('int_demand_features') }}

),

history as (

    select * from {{ ref('int_demand_history') }}

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}
    where not is_intermittent and known_weeks >= 13

),

-- 1. spans of weeks: categories that began together share them
spans as (

    select
        first_week_no,
        cutoff_week_no,
        'events' as feature_set
    from cutoffs
    group by first_week_no, cutoff_week_no
    union all
    select
        first_week_no,
        cutoff_week_no,
        'season' as feature_set
    from cutoffs
    where known_weeks >= 60
    group by first_week_no, cutoff_week_no

),

feature_list as (

    select
        feature_no,
        max(kind) as kind
    from features
    group by feature_no

),

span_features as (

    select
        spans.first_week_no,
        spans.cutoff_week_no,
        spans.feature_set,
        feature_list.feature_no,
        case feature_list.kind
            when 'event' then 0.03e0
            when 'season' then 0.25e0
            else 1e-6
        end as ridge
    from spans
    inner join feature_list on spans.feature_set = 'season' or feature_list.kind != 'season'

),

-- 2. products of features, added up over the weeks of a span
week_products as (

    select
        row_side.week_no,
        row_side.feature_no as row_no,
        column_side.feature_no as column_no,
        row_side.value * column_side.value as product
    from features as row_side
    inner join features as column_side on row_side.week_no = column_side.week_no

),

week_spans as (

    select
        first_week_no,
        cutoff_week_no
    from spans
    where feature_set = 'events'

),

span_products as (

    select
        week_spans.first_week_no,
        week_spans.cutoff_week_no,
        week_products.row_no,
        week_products.column_no,
        {{ stable_sum('week_products.product') }} as cell
    from week_spans
    inner join week_products on week_products.week_no between week_spans.first_week_no and week_spans.cutoff_week_no
    group by week_spans.first_week_no, week_spans.cutoff_week_no, week_products.row_no, week_products.column_no

),

dense as (

    select
        row_side.first_week_no,
        row_side.cutoff_week_no,
        row_side.feature_set,
        row_side.feature_no as row_no,
        column_side.feature_no as column_no,
        coalesce(span_products.cell, 0e0)
        + case when row_side.feature_no = column_side.feature_no then row_side.ridge else 0e0 end as cell
    from span_features as row_side
    inner join span_features as column_side
        on
            row_side.first_week_no = column_side.first_week_no
            and row_side.cutoff_week_no = column_side.cutoff_week_no
            and row_side.feature_set = column_side.feature_set
    left join span_products
        on
            row_side.first_week_no = span_products.first_week_no
            and row_side.cutoff_week_no = span_products.cutoff_week_no
            and row_side.feature_no = span_products.row_no
            and column_side.feature_no = span_products.column_no

),

matrix_rows as (

    select
        first_week_no,
        cutoff_week_no,
        feature_set,
        row_no,
        {{ ordered_array_agg('cell', 'column_no') }} as cells
    from dense
    group by first_week_no, cutoff_week_no, feature_set, row_no

),

matrices as (

    select
        first_week_no,
        cutoff_week_no,
        feature_set,
        {{ ordered_array_agg('row_no', 'row_no') }} as feature_nos,
        {{ ordered_array_agg('cells', 'row_no') }} as information
    from matrix_rows
    group by first_week_no, cutoff_week_no, feature_set

),

inverses as (

    select
        first_week_no,
        cutoff_week_no,
        feature_set,
        feature_nos,
        {{ inverse_matrix('information') }} as inverse_rows
    from matrices

),

inverse_cells as (

    select
        inverses.first_week_no,
        inverses.cutoff_week_no,
        inverses.feature_set,
        {{ array_get('inverses.feature_nos', 'row_list.place') }} as feature_no,
        {{ array_get('inverses.feature_nos', 'column_list.place') }} as with_feature_no,
        column_list.cell
    from inverses
    {{ explode_array_with_position('inverses.inverse_rows', 'row_list', 'cells', 'place') }}
    {{ explode_array_with_position('row_list.cells', 'column_list', 'cell', 'place') }}

),

-- 3. the same with the logarithm of units; a week without demand counts as half a unit
category_products as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        cutoffs.first_week_no,
        cutoffs.cutoff_week_no,
        features.feature_no,
        {{ stable_sum('features.value * ln(greatest(history.units, 0.5e0))') }} as product
    from cutoffs
    inner join history
        on
            cutoffs.category = history.category
            and cutoffs.cutoff_week_no >= history.week_no
    inner join features on history.week_no = features.week_no
    group by cutoffs.category, cutoffs.cutoff_no, cutoffs.first_week_no, cutoffs.cutoff_week_no, features.feature_no

),

final as (

    select
        -- key
        category_products.category,
        category_products.cutoff_no,
        inverse_cells.feature_set,
        inverse_cells.feature_no,

        -- measures
        {{ stable_sum('inverse_cells.cell * category_products.product') }} as effect
    from category_products
    inner join inverse_cells
        on
            category_products.first_week_no = inverse_cells.first_week_no
            and category_products.cutoff_week_no = inverse_cells.cutoff_week_no
            and category_products.feature_no = inverse_cells.with_feature_no
    group by category_products.category, category_products.cutoff_no, inverse_cells.feature_set, inverse_cells.feature_no

)

select * from final
