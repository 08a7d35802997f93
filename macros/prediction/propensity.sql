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
  A count over days of which the record has but a part, as if it went on as it began: else people would look
  keener from one training day to the next, and keenest today.
-#}
{%- macro in_a_whole_window(input, value) -%}
    {%- set windows = {
        'orders_90d': 90, 'sessions_90d': 90, 'store_visits_90d': 90, 'clicks_90d': 90, 'tickets_90d': 90,
        'orders_365d': 365, 'own_orders': 365, 'tenure': 365,
    } -%}
    {%- if input in windows -%}
        {{ value }} * greatest(1e0, {{ windows[input] }}e0 / greatest(inputs.record_days, 1))
    {%- else -%}
        {{ value }}
    {%- endif -%}
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
        {%- set value = in_a_whole_window(input, known[input]) -%}
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

{#- Log-odds as whole thousandths: equal scores are counted together. -#}
{%- macro logit_thousandths(logit) -%}
    cast(floor(least(greatest({{ logit }}, -30e0), 30e0) * 1000e0 + 0.5e0) as int)
{%- endmacro -%}

{#- Log-odds as they are published: moved by int_propensity_shifts. -#}
{%- macro moved_logit(logit, shifts='shifts') -%}
    ({{ logit }} + {{ shifts }}.level + {{ shifts }}.slope * ({{ logit }} - {{ shifts }}.knot)
    + {{ shifts }}.bend * greatest(0e0, {{ logit }} - {{ shifts }}.knot))
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


{#-
  Body of a step: the scores of a relation (keys, score, example_count, positives) from the highest down, with
  what lies above each of them; equal scores share the decile in which their middle lies.
-#}
{%- macro scores_in_order(relation, keys) -%}
    {%- set ordered = 'over (partition by ' ~ keys ~ ' order by score desc rows between unbounded preceding and current row)' -%}
    {%- set all_of_them = 'over (partition by ' ~ keys ~ ')' -%}
    select
        {{ keys }},
        score,
        example_count,
        positives,
        cast(sum(example_count) {{ ordered }} as bigint) as examples_so_far,
        cast(sum(positives) {{ ordered }} as bigint) as positives_so_far,
        cast(sum(example_count) {{ all_of_them }} as bigint) as all_examples,
        cast(sum(positives) {{ all_of_them }} as bigint) as all_positives,
        cast(1 + floor(
            10e0 * (sum(example_count) {{ ordered }} - example_count / 2e0) / sum(example_count) {{ all_of_them }}
        ) as int) as decile
    from {{ relation }}
{%- endmacro -%}

{#- Common table expressions after such a relation: `calibration` has the mean distance of foretold and observed rate over its deciles. -#}
{%- macro calibration_ctes(relation, keys) -%}
deciles as (

    select
        {{ keys }},
        decile,
        sum(example_count) as example_count,
        abs({{ stable_sum('example_count * score') }} - sum(positives)) as distance
    from {{ relation }}
    group by {{ keys }}, decile

),

calibration as (

    select
        {{ keys }},
        {{ safe_divide(stable_sum('distance'), 'sum(example_count)') }} as ece
    from deciles
    group by {{ keys }}

)
{%- endmacro -%}

{#- AUC of such a relation: pairs of a case and another person in which the case has the higher score; ties count half. -#}
{%- macro auc_of_scores(curves) -%}
    {{ safe_divide(
        'cast(sum((' ~ curves ~ '.example_count - ' ~ curves ~ '.positives) * (2 * ' ~ curves ~ '.positives_so_far - ' ~ curves ~ '.positives)) as double) / 2e0',
        'max(' ~ curves ~ '.all_positives) * cast(max(' ~ curves ~ '.all_examples) - max(' ~ curves ~ '.all_positives) as double)'
    ) }}
{%- endmacro -%}
