{#- Logistic regressions, many at once, as `iterate` models. -#}

{#-
  The body of an `iterate` model: one step of the logistic regressions, all fits at once. Newton's
  step on the likelihood less half the ridge times the squares of all coefficients but the first; a
  point that is worse than the one before is drawn back by halves. The first stage works on the rows
  that are `is_pilot` and gets near for a tenth of the price; the second, on all rows, ends the fit.

    state   relation of the state before this step (ref of the init model)
    data    one row per fit and example: fit_no, label, is_pilot, z_1 …
    size    number of terms
    ridge   penalty
-#}
{%- macro logistic_step(state, data, size, ridge=1) -%}
{%- set terms = range(1, size + 1) -%}
{%- set places = range(0, size + 1) -%}
with

previous as (

    select * from {{ state }}

),

examples as (

    select * from {{ data }}

),

-- 1. log-odds of every row of the fits that are on their way; planned by itself, because filters that are
-- pushed through so many sums cost more than the sums
predicted as {{ 'materialized ' if not on_spark() }}(

    select
        examples.fit_no,
        examples.label,
        1e0 as z_0,
        {%- for i in terms %}
        examples.z_{{ i }},
        {%- endfor %}
        previous.b_0{% for i in terms %} + previous.b_{{ i }} * examples.z_{{ i }}{% endfor %} as logit
    from examples
    inner join previous on examples.fit_no = previous.fit_no
    where
        not previous.is_converged
        and (previous.stage = 2 or examples.is_pilot)

),

weighted as (

    select
        *,
        label - 1e0 / (1e0 + exp(-logit)) as residual,
        1e0 / (1e0 + exp(-logit)) / (1e0 + exp(logit)) as weight
    from predicted

),

lifted as (

    select
        fit_no,
        label * logit - greatest(logit, 0e0) - ln(1e0 + exp(-abs(logit))) as log_likelihood,
        residual,
        {%- for i in places %}
        z_{{ i }},
        weight * z_{{ i }} as w_{{ i }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted

),

sums as (

    select
        fit_no,
        count(*) as row_count,
        sum(log_likelihood) as log_likelihood
        {%- for i in places %},
        sum(residual * z_{{ i }}) as g_{{ i }}
        {%- for j in places if j >= i %},
        sum(w_{{ i }} * z_{{ j }}) as h_{{ i }}_{{ j }}
        {%- endfor %}
        {%- endfor %}
    from lifted
    group by fit_no

),

-- 2. the penalised likelihood, its gradient and its curvature at the point
measured as (

    select
        previous.*,
        sums.row_count,
        sums.log_likelihood
        - {{ ridge }}e0 / 2e0 * (
            {%- for i in terms %}{{ ' + ' if not loop.first }}previous.b_{{ i }} * previous.b_{{ i }}{% endfor %}
        ) as new_objective,
        {%- set gradient = ['sums.g_0'] -%}
        {%- for i in terms -%}
            {%- do gradient.append('sums.g_' ~ i ~ ' - ' ~ ridge ~ 'e0 * previous.b_' ~ i) -%}
        {%- endfor %}
        {{ array_of(gradient) }} as gradient,
        {%- set rows = [] -%}
        {%- for i in places -%}
            {%- set cells = [] -%}
            {%- for j in places -%}
                {%- set cell = 'sums.h_' ~ ([i, j] | min) ~ '_' ~ ([i, j] | max) -%}
                {%- do cells.append(cell ~ (' + ' ~ ridge ~ 'e0' if i == j and i > 0 else '')) -%}
            {%- endfor -%}
            {%- do rows.append(array_of(cells)) -%}
        {%- endfor %}
        {{ array_of(rows) }} as information
    from previous
    left join sums on previous.fit_no = sums.fit_no

),

inverted as (

    select
        *,
        {{ inverse_matrix('information') }} as new_covariance,
        coalesce(new_objective >= objective - 1e-9 * abs(objective), true) as is_better
    from measured

),

directed as (

    select
        *,
        case
            when is_better
                then {{ map_array('new_covariance', 'covariance_row', fold_array(
                    number_array(1, size + 1), '0e0', 'total', 'place',
                    'total + ' ~ array_get('covariance_row', 'place') ~ ' * ' ~ array_get('gradient', 'place')
                )) }}
            else direction
        end as new_direction
    from inverted

),

judged as (

    select
        *,
        {{ fold_array('new_direction', '0e0', 'largest', 'entry', 'greatest(largest, abs(entry))') }} as new_move
    from directed

),

final as (

    select
        fit_no,
        case
            when is_converged then stage
            when is_better and new_move < 1e-1 then 2
            else stage
        end as stage,
        cast(iteration + case when is_converged then 0 else 1 end as int) as iteration,
        is_converged or (stage = 2 and is_better and new_move < 1e-7) as is_converged,
        case
            when is_converged then row_count_used
            else row_count
        end as row_count_used,
        -- what the pilot rows say cannot be compared with what all rows say
        case
            when is_converged then objective
            when is_better and stage = 1 and new_move < 1e-1 then cast(null as double)
            when is_better then new_objective
            else objective
        end as objective,
        case when is_converged then 0e0 else new_move end as longest_move,
        case when is_better and not is_converged then new_covariance else covariance end as covariance,
        case when is_converged then direction else new_direction end as direction,
        case when is_better or is_converged then 1e0 else step_length / 2e0 end as step_length
        {%- for i in places %},
        case when is_better or is_converged then b_{{ i }} else a_{{ i }} end as a_{{ i }},
        case
            when is_converged then b_{{ i }}
            when is_better then b_{{ i }} + {{ array_get('new_direction', i + 1) }}
            else a_{{ i }} + step_length / 2e0 * {{ array_get('new_direction', i + 1) }}
        end as b_{{ i }}
        {%- endfor %}
    from judged

)

select * from final
{%- endmacro -%}


{#-
  State 0 of the same fits, the body of their init model: the base rate alone.
    data, size  as in logistic_step
-#}
{%- macro logistic_start(data, size) -%}
with

examples as (

    select * from {{ data }}

),

totals as (

    select
        fit_no,
        sum(label) as positives,
        count(*) as row_count,
        count(case when is_pilot then 1 end) as pilot_count
    from examples
    group by fit_no

),

final as (

    select
        fit_no,
        -- a pilot of a few hundred rows says nothing about so many terms
        case when pilot_count >= 2000 then 1 else 2 end as stage,
        0 as iteration,
        false as is_converged,
        cast(0 as bigint) as row_count_used,
        cast(null as double) as objective,
        cast(null as double) as longest_move,
        {{ array_of([array_of(['cast(null as double)'])]) }} as covariance,
        {{ array_of(['cast(null as double)']) }} as direction,
        1e0 as step_length,
        0e0 as a_0,
        ln((positives + 0.5e0) / (row_count - positives + 0.5e0)) as b_0
        {%- for i in range(1, size + 1) %},
        0e0 as a_{{ i }},
        0e0 as b_{{ i }}
        {%- endfor %}
    from totals

)

select * from final
{%- endmacro -%}
