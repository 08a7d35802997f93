{#-
  Shapley shares of explained variance (LMG): how much of R² each of p drivers earns on average
  over all orders in which the drivers can enter a regression. Exact: R² of all 2^p subsets, from
  one covariance or correlation matrix a row.

  How the subsets are reached: driver after driver, each matrix goes on twice, once with the driver
  left out and once with it swept out (Schur complement); row and column of the driver disappear
  either way. After p drivers one number is left, the variance that the subset leaves unexplained.
  A matrix so costs about 8 · 2^p multiplications (p = 12: 33,000) instead of 2^p regressions.
  Rows are independent: bootstrap replicates and segments go through in one pass.

    weighted as (…),                                    -- one row a matrix: keys and the entries
    {{ shapley_ctes('weighted', ['metric', 'replicate'], 12) }}
    final as (select metric, replicate, r_squared, share_1, …, share_12 from shapley_shares)

  The matrix: columns {prefix}_1_1, {prefix}_1_2, …, {prefix}_{p+1}_{p+1}, upper triangle, row
  before column; the target is the last. A driver without variance, or one that the drivers before
  it explain to 1 - 1e-9, adds nothing. A target without variance gives null. share_j sum to
  r_squared.
    relation  CTE with the keys and the matrix; its entries must not be null
    keys      columns that name a matrix, a list
    drivers   p, a plain number from 1 to 14
    name      CTE to hold the result: the keys, r_squared, share_1 … share_p
-#}
{%- macro shapley_ctes(relation, keys, drivers, prefix='cov', name='shapley_shares') -%}
{%- set target = drivers + 1 -%}
-- the matrix on a common scale, so that one limit of collinearity serves all
{{ name }}_0 as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {%- for i in range(1, target + 1) %}
        {%- for j in range(i, target + 1) %}
        coalesce(
            {{ prefix }}_{{ i }}_{{ j }} / nullif(sqrt(
                greatest({{ prefix }}_{{ i }}_{{ i }}, 0e0) * greatest({{ prefix }}_{{ j }}_{{ j }}, 0e0)
            ), 0e0),
            0e0
        ) as m_{{ i }}_{{ j }},
        {%- endfor %}
        {%- endfor %}
        cast(0 as int) as members,
        cast(0 as int) as member_count
    from {{ relation }}

),

{% for k in range(1, drivers + 1) -%}
{{ name }}_{{ k }} as (

    select
        {%- for key in keys %}
        previous.{{ key }},
        {%- endfor %}
        {%- for i in range(k + 1, target + 1) %}
        {%- for j in range(i, target + 1) %}
        case
            when choice.is_in = 1 and previous.m_{{ k }}_{{ k }} > 1e-9
                then previous.m_{{ i }}_{{ j }}
                    - previous.m_{{ k }}_{{ i }} * previous.m_{{ k }}_{{ j }} / previous.m_{{ k }}_{{ k }}
            else previous.m_{{ i }}_{{ j }}
        end as m_{{ i }}_{{ j }},
        {%- endfor %}
        {%- endfor %}
        previous.members + choice.is_in * {{ 2 ** (k - 1) }} as members,
        previous.member_count + choice.is_in as member_count
    from {{ name }}_{{ k - 1 }} as previous
    cross join (
        select 0 as is_in
        union all
        select 1 as is_in
    ) as choice

),

{% endfor -%}
-- each driver's share is a weighted sum of what all subsets leave unexplained
{{ name }}_left as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        members,
        greatest(m_{{ target }}_{{ target }}, 0e0) as left_over,
        greatest(m_{{ target }}_{{ target }}, 0e0)
        * {{ _shapley_weight('member_count', drivers) }} as gain_without,
        -greatest(m_{{ target }}_{{ target }}, 0e0)
        * {{ _shapley_weight('member_count - 1', drivers) }} as gain_with
    from {{ name }}_{{ drivers }}

),

{{ name }} as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        max(case when members = 0 and left_over > 0e0 then 1e0 end)
        - max(case when members = {{ 2 ** drivers - 1 }} then left_over end) as r_squared
        {%- for k in range(1, drivers + 1) %},
        sum(case when (members & {{ 2 ** (k - 1) }}) = 0 then gain_without else gain_with end)
        * max(case when members = 0 and left_over > 0e0 then 1e0 end) as share_{{ k }}
        {%- endfor %}
    from {{ name }}_left
    group by
        {%- for key in keys %}
        {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}

),
{%- endmacro -%}


{#- Weight of a subset of `size` other drivers: size! (p - 1 - size)! / p!, looked up by case. -#}
{%- macro _shapley_weight(size, drivers) -%}
    case {{ size }}
        {%- set weight = namespace(value=1 / drivers) -%}
        {%- for s in range(0, drivers) %}
        when {{ s }} then {{ '%.17e' % weight.value }}
        {%- set weight.value = weight.value * (s + 1) / (drivers - 1 - s if s < drivers - 1 else 1) -%}
        {%- endfor %}
        else 0e0
    end
{%- endmacro -%}
