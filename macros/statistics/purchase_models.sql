{#-
  What the purchase models say about a customer, and the same text for both models: they differ in
  how often a customer may have left, once per order (MBG/NBD) or once per repeat order (BG/NBD).
-#}

{#- Probability that a customer is still one. `model` is a column; a sure customer has 1. -#}
{%- macro probability_alive(model, x, t_x, age, r, alpha, a, b) -%}
    case
        when {{ model }} = 'bg_nbd' and {{ x }} = 0 then 1e0
        else 1e0 / (1e0 + exp(least(700e0,
            ln({{ a }}) - ln({{ b }} + {{ x }} - case when {{ model }} = 'bg_nbd' then 1e0 else 0e0 end)
            + ({{ r }} + {{ x }}) * (ln({{ alpha }} + {{ age }}) - ln({{ alpha }} + {{ t_x }}))
        )))
    end
{%- endmacro -%}

{#-
  Expected orders of a customer who is still one, in the next `weeks`: all that depends on history
  only by x and age, after Euler's transformation of the hypergeometric function.
    top_count  column: a + b + x - 1 for BG/NBD, a + b + x for MBG/NBD
    reach      column: weeks / (alpha + age + weeks)
  a must not be 1: shift it by 1e-6.
-#}
{%- macro orders_if_alive(x, top_count, reach, r, a) -%}
    {{ top_count }} / ({{ a }} - 1e0) * (
        1e0 - power(1e0 - {{ reach }}, {{ a }} - 1e0)
            * {{ gauss_2f1('(' ~ top_count ~ ' - ' ~ x ~ ' - ' ~ r ~ ')', '(' ~ a ~ ' - 1e0)', top_count, reach) }}
    )
{%- endmacro -%}

{#-
  Body of a model: one row per model, segment, number of repeat orders and age, with what to expect of
  a customer who is still one. Few rows: many customers share them.
    customers   relation with model, segment, repeat_orders, age_weeks, parameters r, alpha, a, b and
                the horizons of `spans`
    spans       {name: weeks (expression)}: gives orders_if_alive_<name>
    discounted  {name: weight}: gives discounted_orders_if_alive, a weighted sum of the spans
    outlook     span whose distribution is given: at_least_if_alive, an array of P(orders >= 1, 2, …), and
                orders_square_if_alive
-#}
{%- macro purchase_expectations(customers, spans, outlook, discounted={}) -%}
with

customers as (

    select * from {{ customers }}

),

histories as (

    select
        model,
        segment,
        repeat_orders,
        age_weeks,
        r,
        alpha,
        case when abs(a - 1e0) < 1e-6 then 1.000001e0 else a end as a,
        b,
        a + b + repeat_orders - case when model = 'bg_nbd' then 1e0 else 0e0 end as top_count,
        b + repeat_orders + case when model = 'bg_nbd' then 0e0 else 1e0 end as stay_count
    from customers
    group by model, segment, repeat_orders, age_weeks, r, alpha, a, b

),

-- 1. expected orders by span
spans as (

    {% for name, weeks in spans.items() -%}
    select
        '{{ name }}' as span,
        {{ discounted.get(name, '0e0') }} as discount_weight,
        {{ weeks }} as weeks
    {{ 'union all ' if not loop.last }}
    {%- endfor %}

),

reached as (

    select
        histories.*,
        spans.span,
        spans.discount_weight,
        spans.weeks,
        spans.weeks / (histories.alpha + histories.age_weeks + spans.weeks) as reach
    from histories
    cross join spans

),

expected as (

    select
        *,
        {{ orders_if_alive('repeat_orders', 'top_count', 'reach', 'r', 'a') }} as orders_if_alive
    from reached

),

by_history as (

    select
        model,
        segment,
        repeat_orders,
        age_weeks,
        {%- for name in spans %}
        max(case when span = '{{ name }}' then orders_if_alive end) as orders_if_alive_{{ name }},
        {%- endfor %}
        {{ stable_sum('discount_weight * orders_if_alive') }} as discounted_orders_if_alive
    from expected
    group by model, segment, repeat_orders, age_weeks

),

-- 2. P(at least n orders) = P(the first n - 1 did not end it) · P(a gamma-Poisson count of at least n)
counted as (

    select
        reached.*,
        count_list.order_count
    from reached
    inner join by_history
        on
            reached.model = by_history.model
            and reached.segment = by_history.segment
            and reached.repeat_orders = by_history.repeat_orders
            and reached.age_weeks = by_history.age_weeks
    {{ explode_array(
        number_array(1, 'least(1000, 12 + ceil(4 * by_history.orders_if_alive_' ~ outlook ~ '))'),
        'count_list', 'order_count'
    ) }}
    where reached.span = '{{ outlook }}'

),

fewer as (

    select
        *,
        r + repeat_orders as rate_shape,
        exp(
            {{ log_gamma('r + repeat_orders + order_count - 1') }} - {{ log_gamma('r + repeat_orders') }}
            - {{ log_gamma('order_count') }}
            + (r + repeat_orders) * ln(1e0 - reach) + (order_count - 1) * ln(reach)
        ) as count_before_probability,
        exp(
            {{ log_beta('a', 'stay_count + order_count - 1') }} - {{ log_beta('a', 'stay_count') }}
        ) as stays_probability
    from counted

),

at_least as (

    select
        *,
        stays_probability * greatest(0e0, 1e0 - sum(count_before_probability) over (
            partition by model, segment, repeat_orders, age_weeks
            order by order_count
            rows between unbounded preceding and current row
        )) as at_least_probability
    from fewer

),

distributions as (

    select
        model,
        segment,
        repeat_orders,
        age_weeks,
        {{ ordered_array_agg('at_least_probability', 'order_count') }} as at_least_if_alive,
        -- the mean of the square of a count
        {{ stable_sum('(2 * order_count - 1) * at_least_probability') }} as orders_square_if_alive
    from at_least
    group by model, segment, repeat_orders, age_weeks

),

final as (

    select
        by_history.*,
        distributions.at_least_if_alive,
        distributions.orders_square_if_alive
    from by_history
    inner join distributions
        on
            by_history.model = distributions.model
            and by_history.segment = distributions.segment
            and by_history.repeat_orders = distributions.repeat_orders
            and by_history.age_weeks = distributions.age_weeks

)

select * from final
{%- endmacro -%}

{#- The orders that a customer exceeds with at most the probability `level`. -#}
{%- macro order_quantile(at_least_if_alive, alive, level) -%}
    cast(cardinality({{ filter_array(at_least_if_alive, 'tail_probability', alive ~ ' * tail_probability > ' ~ level) }}) as double)
{%- endmacro -%}

{#- Gamma-Gamma: expected value of a customer's orders; of one-time buyers the mean of all. -#}
{%- macro expected_spend(x, mean_value, p, q, v) -%}
    ({{ p }} * ({{ v }} + {{ x }} * greatest(coalesce({{ mean_value }}, 0e0), 0e0)) / ({{ p }} * {{ x }} + {{ q }} - 1e0))
{%- endmacro -%}

{#-
  Drifting rate: orders of a customer counted so that one counts half after `half_life` weeks (aggregate),
  and the weeks in which they came counted the same way.
-#}
{%- macro decayed_orders(ordered_on, observed_until, half_life) -%}
    {{ stable_sum('exp(-ln(2e0) * (' ~ days_between(ordered_on, observed_until) ~ ') / 7e0 / ' ~ half_life ~ ')') }}
{%- endmacro -%}

{%- macro decayed_weeks(weeks, half_life) -%}
    ((1e0 - exp(-ln(2e0) * {{ weeks }} / {{ half_life }})) * {{ half_life }} / ln(2e0))
{%- endmacro -%}

{#-
  Money of a stretch of time, given the number of orders in it. The mean order of a customer is known
  only so far, and orders differ around it; both follow from Gamma-Gamma. Nothing with the probability
  of no order, else a logarithmic normal with the mean and the variance that follow.

  CTE columns from these, in this order:
    money_square    mean of the square, from the mean and the mean square of the number of orders
    money_log_variance, money_log_mean   of the logarithm, where there is an order
-#}
{%- macro money_square(orders, orders_square, order_value, spend_shape, spend_p) -%}
    ({{ order_value }} * {{ order_value }} * (1e0 + 1e0 / greatest({{ spend_shape }} - 2e0, 0.5e0))
        * ({{ orders_square }} + {{ orders }} / {{ spend_p }}))
{%- endmacro -%}

{%- macro money_log_variance(money, money_square, no_order) -%}
    ln(greatest(
        {{ money_square }} * greatest(1e0 - {{ no_order }}, 1e-12)
            / greatest({{ money }} * {{ money }}, 1e-18), 1.0001e0
    ))
{%- endmacro -%}

{%- macro money_log_mean(money, log_variance, no_order) -%}
    (ln(greatest({{ money }}, 1e-9) / greatest(1e0 - {{ no_order }}, 1e-12)) - {{ log_variance }} / 2e0)
{%- endmacro -%}

{#- The money that is exceeded with the probability 1 - `level`; pass columns. -#}
{%- macro money_quantile(level, no_order, log_mean, log_variance) -%}
    {%- set share = '((' ~ level ~ ' - ' ~ no_order ~ ') / greatest(1e0 - ' ~ no_order ~ ', 1e-12))' -%}
    case
        when {{ level }} <= {{ no_order }} then 0e0
        else exp({{ log_mean }} + sqrt({{ log_variance }}) * {{ normal_quantile(share) }})
    end
{%- endmacro -%}

{#- The class of a number of repeat orders, in which intervals are calibrated and errors are shown. -#}
{%- macro repeat_class(x) -%}
    case
        when {{ x }} <= 3 then concat(cast(cast({{ x }} as int) as string), ' repeat orders')
        when {{ x }} <= 6 then '4 to 6 repeat orders'
        when {{ x }} <= 14 then '7 to 14 repeat orders'
        else '15 or more repeat orders'
    end
{%- endmacro -%}
