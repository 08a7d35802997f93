{#-
  One row per fitted target: how the log-odds are moved before they are published. Slope and bend are those of int_propensity_forms;
  the level is drawn from there towards the newest matured cutoff, as far as its cases tell: logistic regression on a level alone by
  Newton's method, drawn to no move by level_spread of prediction_rules.
-#}
{%- set steps = 8 -%}
{%- set rate = '(1e0 / (1e0 + exp(-(points.logit + before.level))))' -%}
with

forms as (

    select * from {{ ref('int_propensity_forms') }}

),

holdout as (

    select * from {{ ref('int_propensity_holdout') }}

),

rules as (

    select 1e0 / power(max(case when rule = 'level_spread' then threshold end), 2) as level_pull
    from {{ ref('prediction_rules') }}

),

-- the level of the newest day, of scores of that form
level_points as (

    select
        forms.fit_no,
        rules.level_pull,
        holdout.example_count,
        holdout.positives,
        {{ moved_logit('(holdout.logit_thousandths / 1000e0)', 'forms') }} as logit
    from holdout
    inner join forms on holdout.fit_no = forms.fit_no
    cross join rules

),

newest_0 as (

    select
        fit_no,
        0e0 as level
    from forms

),
{% for step in range(1, steps + 1) %}
newest_{{ step }} as (

    select
        before.fit_no,
        max(before.level) + coalesce(greatest(-1e0, least(1e0, {{ safe_divide(
            stable_sum('points.positives - points.example_count * ' ~ rate) ~ ' - max(before.level * points.level_pull)',
            stable_sum('points.example_count * ' ~ rate ~ ' * (1e0 - ' ~ rate ~ ')') ~ ' + max(points.level_pull)'
        ) }})), 0e0) as level
    from newest_{{ step - 1 }} as before
    left join level_points as points on before.fit_no = points.fit_no
    group by before.fit_no

),
{% endfor %}
final as (

    select
        forms.fit_no,
        forms.knot,
        {{ round_significant('forms.level + newest.level', 6) }} as level,
        {{ round_significant('forms.slope', 6) }} as slope,
        {{ round_significant('forms.bend', 6) }} as bend
    from forms
    inner join newest_{{ steps }} as newest on forms.fit_no = newest.fit_no

)

select * from final
