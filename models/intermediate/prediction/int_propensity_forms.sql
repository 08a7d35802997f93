{#-
  One row per fitted target: the form of its scores against what came, on all days that are known, training and holdout: `level` at
  the knot (the log-odds of the mean), `slope` per unit of log-odds, and `bend`, the change of slope above the knot. Logistic regression
  on these three by Newton's method, drawn to no move by the spreads of prediction_rules: few cases say little.
-#}
{%- set steps = 10 -%}
with

known as (

    select * from {{ ref('int_propensity_training_scores') }}
    union all
    select * from {{ ref('int_propensity_holdout') }}

),

rules as (

    select
        max(case when rule = 'level_spread' then threshold end) as level_spread,
        max(case when rule = 'bend_spread' then threshold end) as bend_spread
    from {{ ref('prediction_rules') }}

),

knots as (

    select
        fit_no,
        {{ round_significant(
            'ln((sum(positives) + 0.5e0) / (sum(example_count) - sum(positives) + 0.5e0))', 6
        ) }} as knot
    from known
    group by fit_no

),

-- 1. scores with their distance from the knot
points as (

    select
        known.fit_no,
        known.example_count,
        known.positives,
        known.logit_thousandths / 1000e0 as logit,
        known.logit_thousandths / 1000e0 - knots.knot as distance,
        greatest(0e0, known.logit_thousandths / 1000e0 - knots.knot) as above
    from known
    inner join knots on known.fit_no = knots.fit_no

),

step_0 as (

    select
        knots.fit_no,
        knots.knot,
        1e0 / (rules.level_spread * rules.level_spread) as level_pull,
        1e0 / (rules.bend_spread * rules.bend_spread) as bend_pull,
        0e0 as level,
        0e0 as slope,
        0e0 as bend
    from knots
    cross join rules

),
{% for step in range(1, steps + 1) %}
-- 2. step {{ step }}: residuals and their weights, added up; then the three of them solved
rated_{{ step }} as (

    select
        points.fit_no,
        points.distance,
        points.above,
        points.positives,
        points.example_count,
        before.knot,
        before.level_pull,
        before.bend_pull,
        before.level,
        before.slope,
        before.bend,
        1e0 / (1e0 + exp(-(points.logit + before.level + before.slope * points.distance + before.bend * points.above))) as rate
    from points
    inner join step_{{ step - 1 }} as before on points.fit_no = before.fit_no

),

weighed_{{ step }} as (

    select
        *,
        positives - example_count * rate as residual,
        example_count * rate * (1e0 - rate) as weight
    from rated_{{ step }}

),

sums_{{ step }} as (

    select
        fit_no,
        max(knot) as knot,
        max(level_pull) as level_pull,
        max(bend_pull) as bend_pull,
        max(level) as level,
        max(slope) as slope,
        max(bend) as bend,
        {{ stable_sum('residual') }} - max(level_pull) * max(level) as g_1,
        {{ stable_sum('residual * distance') }} - max(bend_pull) * max(slope) as g_2,
        {{ stable_sum('residual * above') }} - max(bend_pull) * max(bend) as g_3,
        {{ stable_sum('weight') }} + max(level_pull) as h_11,
        {{ stable_sum('weight * distance') }} as h_12,
        {{ stable_sum('weight * above') }} as h_13,
        {{ stable_sum('weight * distance * distance') }} + max(bend_pull) as h_22,
        {{ stable_sum('weight * distance * above') }} as h_23,
        {{ stable_sum('weight * above * above') }} + max(bend_pull) as h_33
    from weighed_{{ step }}
    group by fit_no

),

-- the cofactors of the symmetric matrix
cofactors_{{ step }} as (

    select
        *,
        h_22 * h_33 - h_23 * h_23 as c_11,
        h_13 * h_23 - h_12 * h_33 as c_12,
        h_12 * h_23 - h_13 * h_22 as c_13,
        h_11 * h_33 - h_13 * h_13 as c_22,
        h_12 * h_13 - h_11 * h_23 as c_23,
        h_11 * h_22 - h_12 * h_12 as c_33
    from sums_{{ step }}

),

step_{{ step }} as (

    select
        fit_no,
        knot,
        level_pull,
        bend_pull,
        level + greatest(-1e0, least(1e0, (c_11 * g_1 + c_12 * g_2 + c_13 * g_3) / (h_11 * c_11 + h_12 * c_12 + h_13 * c_13))) as level,
        slope + greatest(-1e0, least(1e0, (c_12 * g_1 + c_22 * g_2 + c_23 * g_3) / (h_11 * c_11 + h_12 * c_12 + h_13 * c_13))) as slope,
        bend + greatest(-1e0, least(1e0, (c_13 * g_1 + c_23 * g_2 + c_33 * g_3) / (h_11 * c_11 + h_12 * c_12 + h_13 * c_13))) as bend
    from cofactors_{{ step }}

),
{% endfor %}
-- 3. on neither side do scores change their order
final as (

    select
        fit_no,
        knot,
        level,
        greatest(slope, -0.5e0) as slope,
        greatest(bend, -0.5e0 - greatest(slope, -0.5e0)) as bend
    from step_{{ steps }}

)

select * from final
