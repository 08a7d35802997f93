{#-
  Intervals and tests for rates, means and net scores. Arguments are SQL expressions as text; the
  formulas repeat them, so pass columns. 95 % unless another z is given. Every macro gives null
  where the sample is empty, and a comparison gives null where either side is.
-#}

{#- z of the two-sided 95 % interval. -#}
{%- macro z_95() -%}1.959963984540054e0{%- endmacro -%}

{#- z of the two-sided 90 % interval. -#}
{%- macro z_90() -%}1.6448536269514722e0{%- endmacro -%}

{#-
  Wilson's score interval of a rate, lower end: sensible for small samples and for rates of 0 or 1.
    successes, trials   counts (or doubles)
-#}
{%- macro wilson_low(successes, trials, z=none) -%}
    {{ _wilson(successes, trials, z or z_95(), '-') }}
{%- endmacro -%}

{#- Wilson's score interval of a rate, upper end. -#}
{%- macro wilson_high(successes, trials, z=none) -%}
    {{ _wilson(successes, trials, z or z_95(), '+') }}
{%- endmacro -%}

{%- macro _wilson(successes, trials, z, sign) -%}
    {%- set hits = 'cast(' ~ successes ~ ' as double)' -%}
    {%- set n = 'cast(' ~ trials ~ ' as double)' -%}
    case
        when ({{ trials }}) > 0
            then greatest(0e0, least(1e0, (
                {{ hits }} + {{ z }} * {{ z }} / 2e0 {{ sign }} {{ z }} * sqrt(
                    greatest(0e0, {{ hits }} * ({{ n }} - {{ hits }})) / {{ n }}
                    + {{ z }} * {{ z }} / 4e0
                )
            ) / ({{ n }} + {{ z }} * {{ z }})))
    end
{%- endmacro -%}

{#-
  Variance of the difference of two shares of one sample, such as a net promoter score:
  (p + d - (p - d)²) / n, as a share squared (multiply by 100² for points). Zero where all answers
  are of one kind: such a sample is small, and its interval says nothing.
-#}
{%- macro net_share_variance(promoters, detractors, responses) -%}
    case
        when ({{ responses }}) > 0
            then greatest(0e0, (
                cast(({{ promoters }}) + ({{ detractors }}) as double)
                - cast(({{ promoters }}) - ({{ detractors }}) as double)
                * cast(({{ promoters }}) - ({{ detractors }}) as double) / ({{ responses }})
            ) / ({{ responses }}) / ({{ responses }}))
    end
{%- endmacro -%}

{#- Variance of a mean from its sums: s² / n with n - 1; null for fewer than two values. -#}
{%- macro mean_variance(total, total_of_squares, responses) -%}
    case
        when ({{ responses }}) > 1
            then greatest(0e0, (
                cast({{ total_of_squares }} as double)
                - cast({{ total }} as double) * cast({{ total }} as double) / ({{ responses }})
            ) / (({{ responses }}) - 1) / ({{ responses }}))
    end
{%- endmacro -%}

{#-
  z of the difference of two independent estimates with their variances (a net score, Welch's
  comparison of two means); null where both variances are zero.
-#}
{%- macro difference_z(estimate_a, variance_a, estimate_b, variance_b) -%}
    (
        (({{ estimate_a }}) - ({{ estimate_b }}))
        / nullif(sqrt(({{ variance_a }}) + ({{ variance_b }})), 0e0)
    )
{%- endmacro -%}

{#-
  z of the difference of two independent rates, pooled variance; null where a sample is empty or
  where all of both, or none of both, succeed.
-#}
{%- macro proportions_z(successes_a, trials_a, successes_b, trials_b) -%}
    {%- set pooled = '(cast((' ~ successes_a ~ ') + (' ~ successes_b ~ ') as double) / nullif(cast(('
        ~ trials_a ~ ') + (' ~ trials_b ~ ') as double), 0e0))' -%}
    (
        ({{ safe_divide(successes_a, trials_a) }} - {{ safe_divide(successes_b, trials_b) }})
        / nullif(sqrt(greatest(0e0,
            {{ pooled }} * (1e0 - {{ pooled }})
            * ({{ safe_divide('1', trials_a) }} + {{ safe_divide('1', trials_b) }})
        )), 0e0)
    )
{%- endmacro -%}

{#- Two-sided p-value of a z statistic; pass a column. -#}
{%- macro two_sided_p(z) -%}
    (2e0 * {{ normal_cdf('(-abs(' ~ z ~ '))') }})
{%- endmacro -%}

{#-
  z of a correlation against zero (Fisher), for more than three pairs; an exact ±1 is treated as
  0.999999999999.
-#}
{%- macro correlation_z(correlation, pairs) -%}
    {%- set r = 'greatest(-0.999999999999e0, least(0.999999999999e0, ' ~ correlation ~ '))' -%}
    case
        when {{ pairs }} > 3
            then 0.5e0 * ln((1e0 + {{ r }}) / (1e0 - {{ r }})) * sqrt(cast({{ pairs }} as double) - 3e0)
    end
{%- endmacro -%}

{#-
  Select statement for a CTE: all rows of `relation` with `q_value`, the Benjamini-Hochberg
  adjustment of a p-value within a family of tests. Rows without a p-value are no tests and get
  null. Equal p-values get equal q-values, whatever the row order.
    relation      CTE or relation with the column of p-values
    family        columns that name the family, a list; empty: all rows are one family
-#}
{%- macro benjamini_hochberg(relation, p_value='p_value', family=[], q_value='q_value') -%}
    {%- set families = (family + [p_value ~ ' is null']) | join(', ') -%}
    select
        *,
        case
            when {{ p_value }} is not null
                then least(1e0, min({{ p_value }}__scaled) over (
                    partition by {{ families }} order by {{ p_value }} desc
                    range between unbounded preceding and current row
                ))
        end as {{ q_value }}
    from (
        select
            *,
            {{ p_value }} * count({{ p_value }}) over (partition by {{ families }})
            / greatest(1, count(*) over (
                partition by {{ families }} order by {{ p_value }} asc
                range between unbounded preceding and current row
            )) as {{ p_value }}__scaled
        from {{ relation }}
    ) as {{ p_value }}__ranked
{%- endmacro -%}
