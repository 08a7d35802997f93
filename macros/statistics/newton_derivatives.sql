{#-
  Value, gradient and Hessian of a log-likelihood in one pass over the data: the middle part of newton_step, which
  says what the arguments are. What depends on the number of repeat orders only, as all gamma functions do, is
  calculated once for each number.

    reads   points    keys · grain · a column for each parameter
            observed  the data
    gives   totals    keys · weight · log_likelihood · slope_1 … · curve_1_1 …, as means per customer
-#}
{%- macro newton_derivative_ctes(keys, data_keys, likelihood) -%}
{%- set parameters = likelihood.parameters -%}
{%- set size = parameters | length -%}
{%- set numbers = range(1, size + 1) -%}
{%- set key_list = keys | join(', ') -%}
{%- set group_list = (keys + ['repeat_orders'] + parameters) | join(', ') -%}
-- 2. the proposal on the data: what differs between customers of as many repeat orders, added up
row_terms_0 as (

    select
        {{ prefixed('points', keys + parameters) }},
        {{ prefixed('observed', likelihood.columns) }},
        observed.repeat_orders,
        observed.weight
    from observed
    inner join points
        on
            {{ equal_keys('observed', 'points', data_keys) }}
            and observed.grain = points.grain

),

{% for level in likelihood.row_levels -%}
row_terms_{{ loop.index }} as (

    select
        *,
        {%- for name, term in level.items() %}
        {{ term }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from row_terms_{{ loop.index0 }}

),

{% endfor -%}
summed as (

    select
        {{ group_list }},
        sum(cast(weight as double)) as n
        {%- for name, term in likelihood.sums.items() %},
        {{ stable_sum('weight * ' ~ term) }} as {{ name }}
        {%- endfor %}
    from row_terms_{{ likelihood.row_levels | length }}
    group by {{ group_list }}

),

-- 3. gamma functions of each number of repeat orders; value and derivatives by formula
with_arguments as (

    select
        *
        {%- for name, argument in likelihood.gammas.items() if name != argument %},
        {{ argument }} as {{ name }}
        {%- endfor %}
    from summed

),

with_gammas as (

    select
        *
        {%- for name in likelihood.gammas %},
        {{ log_gamma(name) }} as lgamma_{{ name }},
        {{ digamma(name) }} as digamma_{{ name }},
        {{ trigamma(name) }} as trigamma_{{ name }}
        {%- endfor %}
    from with_arguments

),

sloped as (

    select
        *,
        {{ likelihood.value }} as value_term
        {%- for term in likelihood.gradient %},
        {{ term }} as slope_{{ loop.index }}
        {%- endfor %}
    from with_gammas

),

curved as (

    select
        {{ key_list }},
        n,
        value_term
        {%- for number in numbers %},
        slope_{{ number }}
        {%- endfor %}
        {%- for row in numbers %}{% for col in range(row, size + 1) %},
        {{ likelihood.hessian[row - 1][col - row] }} as curve_{{ row }}_{{ col }}
        {%- endfor %}{% endfor %}
    from sloped

),

-- 4. one row a fit: means per customer, held by the prior where there is one
totals as (

    select
        {{ key_list }},
        sum(n) as weight,
        {{ stable_sum('value_term') }} / sum(n) as log_likelihood
        {%- for number in numbers %},
        {{ stable_sum('slope_' ~ number) }} / sum(n) as slope_{{ number }}
        {%- endfor %}
        {%- for row in numbers %}{% for col in range(row, size + 1) %},
        {{ stable_sum('curve_' ~ row ~ '_' ~ col) }} / sum(n) as curve_{{ row }}_{{ col }}
        {%- endfor %}{% endfor %}
    from curved
    group by {{ key_list }}

),
{%- endmacro -%}


{#- The gradient of the mean, and what the prior adds. -#}
{%- macro newton_gradient(size) -%}
    {%- set cells = [] -%}
    {%- for number in range(1, size + 1) -%}
        {%- do cells.append('totals.slope_' ~ number ~ ' - pulled.prior_pull / totals.weight * pulled.move_' ~ number) -%}
    {%- endfor -%}
    {{ array_of(cells) }}
{%- endmacro -%}

{#- Minus the Hessian of the mean, and what the prior adds, as an array of rows. -#}
{%- macro newton_information(size) -%}
    {%- set rows = [] -%}
    {%- for row in range(1, size + 1) -%}
        {%- set cells = [] -%}
        {%- for col in range(1, size + 1) -%}
            {%- do cells.append('-totals.curve_' ~ [row, col] | min ~ '_' ~ [row, col] | max
                ~ (' + pulled.prior_pull / totals.weight' if row == col)) -%}
        {%- endfor -%}
        {%- do rows.append(array_of(cells)) -%}
    {%- endfor -%}
    {{ array_of(rows) }}
{%- endmacro -%}
