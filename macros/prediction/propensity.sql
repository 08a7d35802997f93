{#- What the propensity models see of a person at a cutoff: one text for training, holdout and today. -#}

{#- Days of 2000-01-01 to a date: whole numbers compare and subtract faster than dates. -#}
{%- macro day_no(date) -%}
    cast({{ days_between("date '2000-01-01'", date) }} as int)
{%- endmacro -%}

{#- Columns of int_prediction_days: what happened on a day, in whole numbers; what is not given is 0. -#}
{%- macro day_measures(given) -%}
    {%- for name in [
        'order_count', 'revenue_cents', 'gross_cents', 'discount_cents', 'store_order_days', 'category_bits',
        'return_count', 'session_count', 'product_view_count', 'cart_count', 'store_visit_count', 'click_count',
        'ticket_count', 'feedback_count', 'feedback_points',
    ] %}
        {%- set type = 'bigint' if name.endswith('_cents') or name.endswith('_bits') else 'int' %}
        cast({{ given.get(name, '0') }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- The day lies in the last so many days before the cutoff. -#}
{%- macro days_before_cutoff(days) -%}
    cutoffs.cutoff_day - days.day_no between 1 and {{ days }}
{%- endmacro -%}

{#- How many categories may have a propensity of their own. -#}
{%- macro category_slots() -%}
    {{- return(range(1, 7) | list) -}}
{%- endmacro -%}

{#-
  What is known of a person at a cutoff, over columns of int_prediction_inputs; names as in seed
  prediction_inputs, which has the words. `value` is the number that a reason tells, in whole units
  (shares in per cent). {slot} is the place of the target's category, absent without one.
-#}
{%- macro propensity_inputs() -%}
    {%- set revenue = 'inputs.revenue_cents_365d / 100e0' -%}
    {{- return({
        'silence': 'inputs.silence_days',
        'rhythm': '100e0 * inputs.silence_days / inputs.gap_days',
        'orders_30d': 'inputs.order_days_30d',
        'orders_90d': 'inputs.order_days_90d',
        'orders_365d': 'inputs.order_days_365d',
        'gap': 'case when inputs.order_days > 1 then inputs.gap_days end',
        'basket': safe_divide(revenue, 'inputs.order_days_365d'),
        'store_share': '100e0 * ' ~ safe_divide('inputs.store_order_days_365d', 'inputs.order_days_365d'),
        'discount_share': '100e0 * ' ~ safe_divide('inputs.discount_cents_365d', 'inputs.gross_cents_365d'),
        'return_share': '100e0 * least(1e0, ' ~ safe_divide('inputs.returns_365d', 'inputs.order_days_365d') ~ ')',
        'breadth': 'inputs.categories_365d',
        'sessions_30d': 'inputs.sessions_30d',
        'sessions_90d': 'inputs.sessions_90d',
        'last_session': 'inputs.session_silence_days',
        'product_views_30d': 'inputs.product_views_30d',
        'carts_30d': 'inputs.carts_30d',
        'store_visits_90d': 'inputs.store_visits_90d',
        'clicks_90d': 'inputs.clicks_90d',
        'tickets_90d': 'inputs.tickets_90d',
        'satisfaction': safe_divide('inputs.feedback_points_365d', 'inputs.feedback_count_365d'),
        'season': 'inputs.season_order_days',
        'alive': '100e0 * inputs.probability_alive',
        'expected_orders': 'inputs.probability_alive * inputs.orders_if_alive',
        'tenure': 'inputs.tenure_days',
        'own_orders': 'own_order_days',
        'own_silence': 'own_silence_days',
        'plan_tenure': 'subscription_days',
        'plan_level': 'plan_rank',
    }) -}}
{%- endmacro -%}

{#-
  The terms of the logistic models: [name, input, expression], names as in seed prediction_features.
  Counts, days and money go in as logarithms; hinges let the slope change at the median of buyers
  (int_propensity_knots). What is not known of a person is 0, or as long ago as two years.
-#}
{%- macro propensity_terms() -%}
    {%- set known = propensity_inputs() -%}
    {%- set terms = [['is_buyer', 'silence', 'case when inputs.silence_days is not null then 1e0 else 0e0 end']] -%}
    {%- for input in known -%}
        {%- set value = known[input] -%}
        {%- if input in ['store_share', 'discount_share', 'return_share', 'alive'] -%}
            {%- do terms.append([input, input, 'coalesce(' ~ value ~ ', 0e0) / 100e0']) -%}
        {%- elif input == 'satisfaction' -%}
            {%- do terms.append([input, input, 'coalesce(' ~ value ~ ' / 100e0 - 0.7e0, 0e0)']) -%}
        {%- elif input == 'plan_level' -%}
            {%- do terms.append([input, input, 'coalesce(cast(' ~ value ~ ' as double), 0e0)']) -%}
        {%- elif input == 'rhythm' -%}
            {%- do terms.append([input, input, 'coalesce(' ~ safe_ln('1e0 + ' ~ value ~ ' / 100e0') ~ ', 0e0)']) -%}
        {%- else -%}
            {%- set absent = '6.6e0' if input in ['last_session', 'own_silence'] else '0e0' -%}
            {%- do terms.append([input, input, 'coalesce(' ~ safe_ln('1e0 + ' ~ value) ~ ', ' ~ absent ~ ')']) -%}
        {%- endif -%}
        {%- if input in propensity_hinges() -%}
            {%- do terms.append([input ~ '_above', input, 'greatest(0e0, ' ~ terms[-1][2] ~ ' - knots.' ~ input ~ '_knot)']) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(terms) -}}
{%- endmacro -%}

{#-
  What reasons speak of: the input that is told, and those whose parts are added to its own. Inputs of
  one theme go up and down together; a coefficient of one of them alone would tell half the story.
-#}
{%- macro propensity_themes() -%}
    {%- set themes = {
        'silence': ['silence', 'rhythm', 'alive', 'gap'],
        'orders_365d': ['orders_365d', 'orders_90d', 'orders_30d', 'expected_orders', 'breadth'],
        'sessions_90d': ['sessions_90d', 'sessions_30d', 'last_session', 'product_views_30d', 'carts_30d'],
        'own_orders': ['own_orders', 'own_silence'],
    } -%}
    {%- set told = themes.values() | sum(start=[]) -%}
    {%- for input in propensity_inputs() if input not in told -%}
        {%- do themes.update({input: [input]}) -%}
    {%- endfor -%}
    {{- return(themes) -}}
{%- endmacro -%}

{#- Inputs whose slope may change at the median. -#}
{%- macro propensity_hinges() -%}
    {{- return(['silence', 'rhythm', 'orders_365d']) -}}
{%- endmacro -%}

{#- A column for the category in question, by its slot; null without one. -#}
{%- macro of_own_category(prefix) -%}
    case fits.category_slot
        {%- for slot in category_slots() %}
        when {{ slot }} then inputs.{{ prefix }}_{{ slot }}
        {%- endfor %}
    end
{%- endmacro -%}

{#-
  Bins of the baselines. Recency: quarters of powers of two of the days since the last order, 0 for
  those who never bought. P(alive): steps of half a logit.
-#}
{%- macro recency_bin(silence_days) -%}
    coalesce(cast(1 + floor(4e0 * ln(1e0 + {{ silence_days }}) / ln(2e0)) as int), 0)
{%- endmacro -%}
{%- macro alive_bin(probability_alive) -%}
    coalesce(cast(
        100 + floor(2e0 * ln(
            (0.000001e0 + {{ probability_alive }}) / (1.000001e0 - {{ probability_alive }})
        )) as int
    ), 0)
{%- endmacro -%}

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

{#- Log-odds as they are published: moved by int_propensity_shifts. -#}
{%- macro moved_logit(logit, shifts='shifts') -%}
    ({{ logit }} + {{ shifts }}.level + {{ shifts }}.slope * ({{ logit }} - {{ shifts }}.knot)
    + {{ shifts }}.bend * greatest(0e0, {{ logit }} - {{ shifts }}.knot))
{%- endmacro -%}

{#- Share of a change of level that counts: near 1 where many cases tell it, by rules.level_spread. -#}
{%- macro level_weight(information) -%}
    (rules.level_spread * rules.level_spread * {{ information }} / (1e0 + rules.level_spread * rules.level_spread * {{ information }}))
{%- endmacro -%}

{#- The part of the log-odds that a theme explains: its terms against their means, by coefficient. -#}
{%- macro propensity_contribution(theme, examples='examples', models='models') -%}
    {%- set parts = [] -%}
    {%- for term in propensity_terms() if term[1] in propensity_themes()[theme] -%}
        {#- the place of the term in the whole list -#}
        {%- set place = propensity_terms().index(term) + 1 -%}
        {%- do parts.append(models ~ '.c_' ~ place ~ ' * (' ~ examples ~ '.x_' ~ place ~ ' - ' ~ models ~ '.mean_' ~ place ~ ')') -%}
    {%- endfor -%}
    ({{ parts | join(' + ') }})
{%- endmacro -%}

{#- Log-odds of an example by the model of its target. -#}
{%- macro propensity_logit(examples='examples', models='models') -%}
    ({{ models }}.c_0
    {%- for term in propensity_terms() %} + {{ models }}.c_{{ loop.index }} * {{ examples }}.x_{{ loop.index }}{% endfor %})
{%- endmacro -%}

{#-
  Class of a buyer's rhythm: 0 after one order, 10 to 19 after two, 20 to 29 after more, by powers of
  two of the mean days between order days.
    order_days  order days so far    span_days  days from the first to the last of them
-#}
{%- macro rhythm_class(order_days, span_days) -%}
    case
        when {{ order_days }} < 2 then 0
        else case when {{ order_days }} = 2 then 10 else 20 end
            + cast(least(9e0, floor(ln(greatest({{ span_days }} / ({{ order_days }} - 1e0), 1e0)) / ln(2e0) + 1e-9)) as int)
    end
{%- endmacro -%}
