{#-
  Functions that the likelihoods and tests need and that no engine has. Formulas repeat their
  arguments: pass columns. Accuracy against scipy: tests/python/test_statistics_macros.py.
-#}

{#-
  First and second derivative of log_gamma(x), for x > 0: eight steps up by the recurrence, then the
  asymptotic series. Within 1e-13 of scipy, relative to the larger of 1 and the value.
-#}
{%- macro digamma(x) -%}
    (ln({{ x }} + 8e0) - 0.5e0 / ({{ x }} + 8e0)
        - {{ inverse_square_series(x, ['1e0 / 12e0', '-1e0 / 120e0', '1e0 / 252e0', '-1e0 / 240e0', '1e0 / 132e0', '-691e0 / 32760e0']) }}
        {%- for step in range(8) %} - 1e0 / ({{ x }} + {{ step }}e0){% endfor %})
{%- endmacro -%}

{%- macro trigamma(x) -%}
    (1e0 / ({{ x }} + 8e0) + 0.5e0 / (({{ x }} + 8e0) * ({{ x }} + 8e0))
        + {{ inverse_square_series(x, ['1e0 / 6e0', '-1e0 / 30e0', '1e0 / 42e0', '-1e0 / 30e0', '5e0 / 66e0', '-691e0 / 2730e0', '7e0 / 6e0']) }} / ({{ x }} + 8e0)
        {%- for step in range(8) %} + 1e0 / (({{ x }} + {{ step }}e0) * ({{ x }} + {{ step }}e0)){% endfor %})
{%- endmacro -%}

{#- c1 / y^2 + c2 / y^4 + … with y = x + 8, as Horner takes it. -#}
{%- macro inverse_square_series(x, coefficients) -%}
    {%- set series = namespace(text='0e0') -%}
    {%- for coefficient in coefficients | reverse -%}
        {%- set series.text = '((' ~ coefficient ~ ' + ' ~ series.text ~ ') / ((' ~ x ~ ' + 8e0) * (' ~ x ~ ' + 8e0)))' -%}
    {%- endfor -%}
    {{- series.text -}}
{%- endmacro -%}

{#- Logarithm of the beta function, for a, b > 0. -#}
{%- macro log_beta(a, b) -%}
    ({{ log_gamma(a) }} + {{ log_gamma(b) }} - {{ log_gamma('(' ~ a ~ ' + ' ~ b ~ ')') }})
{%- endmacro -%}

{#-
  Gauss' hypergeometric series 2F1(a, b; c; z) for 0 <= z < 1, from its last term to its first
  (Horner). Each row takes as many terms as its z needs, at most 5,000: a fixed number fails at long
  horizons. 1e-12 of scipy for z up to 0.99; above it the cap takes effect.
-#}
{%- macro gauss_2f1(a, b, c, z) -%}
    {{ fold_array(
        numbers_down_to_zero(
            'case when ' ~ z ~ ' <= 1e-6 then 4 else least(5000, 12 + ceil(-32.24e0 / ln(' ~ z ~ '))) end'
        ),
        'cast(1 as double)', 'partial_sum', 'term_no',
        '1e0 + (' ~ a ~ ' + term_no) * (' ~ b ~ ' + term_no) / ((' ~ c ~ ' + term_no) * (term_no + 1e0)) * '
        ~ z ~ ' * partial_sum'
    ) }}
{%- endmacro -%}

{#-
  Regularised incomplete beta function I_x(a, b) for a, b > 0: the continued fraction of Gauss,
  taken from its end, on the side where it converges fast. 0 and 1 outside of 0 < x < 1.
-#}
{%- macro incomplete_beta(x, a, b) -%}
    case
        when {{ x }} <= 0e0 then 0e0
        when {{ x }} >= 1e0 then 1e0
        when {{ x }} <= ({{ a }} + 1e0) / ({{ a }} + {{ b }} + 2e0)
            then {{ incomplete_beta_fraction(x, a, b) }}
        else 1e0 - {{ incomplete_beta_fraction('(1e0 - ' ~ x ~ ')', b, a) }}
    end
{%- endmacro -%}

{%- macro incomplete_beta_fraction(x, a, b) -%}
    {%- set pair -%}
        1e0 - ({{ a }} + pair_no) * ({{ a }} + {{ b }} + pair_no) * {{ x }}
            / (({{ a }} + 2e0 * pair_no) * ({{ a }} + 2e0 * pair_no + 1e0))
            / (1e0 + (pair_no + 1e0) * ({{ b }} - pair_no - 1e0) * {{ x }}
                / (({{ a }} + 2e0 * pair_no + 1e0) * ({{ a }} + 2e0 * pair_no + 2e0)) / tail_value)
    {%- endset -%}
    exp({{ a }} * ln({{ x }}) + {{ b }} * ln(1e0 - {{ x }}) - {{ log_beta(a, b) }}) / {{ a }} / (
        {{ fold_array(
            numbers_down_to_zero('40 + ceil(3 * sqrt(greatest(' ~ a ~ ', ' ~ b ~ ')))'),
            'cast(1 as double)', 'tail_value', 'pair_no', pair
        ) }}
    )
{%- endmacro -%}

{#- P(F > value) of the F distribution with df1 and df2 degrees of freedom. -#}
{%- macro f_distribution_tail(value, df1, df2) -%}
    {{ incomplete_beta(
        '(' ~ df2 ~ ' / (' ~ df2 ~ ' + ' ~ df1 ~ ' * ' ~ value ~ '))',
        '(' ~ df2 ~ ' / 2e0)', '(' ~ df1 ~ ' / 2e0)'
    ) }}
{%- endmacro -%}

{#- ln(1 + e^x) without overflow. -#}
{%- macro log_one_plus_exp(x) -%}
    (greatest({{ x }}, 0e0) + ln(1e0 + exp(-abs({{ x }}))))
{%- endmacro -%}

{#-
  Quantile of the standard normal distribution for 0 < p < 1, else null (Acklam's rational
  approximation, within 1.2e-9 of the value). Pass a column.
-#}
{%- macro normal_quantile(p) -%}
    {%- set middle = '(' ~ p ~ ' - 0.5e0)' -%}
    {%- set square = '(' ~ middle ~ ' * ' ~ middle ~ ')' -%}
    {%- set root = '(sqrt(-2e0 * ln(least(' ~ p ~ ', 1e0 - ' ~ p ~ '))))' -%}
    case
        when {{ p }} <= 0e0 or {{ p }} >= 1e0 then null
        when abs({{ middle }}) <= 0.47575e0
            then {{ middle }} * {{ _horner(square, [
                '-3.969683028665376e1', '2.209460984245205e2', '-2.759285104469687e2', '1.383577518672690e2',
                '-3.066479806614716e1', '2.506628277459239e0',
            ]) }} / {{ _horner(square, [
                '-5.447609879822406e1', '1.615858368580409e2', '-1.556989798598866e2', '6.680131188771972e1',
                '-1.328068155288572e1', '1e0',
            ]) }}
        else -sign({{ middle }}) * {{ _horner(root, [
            '-7.784894002430293e-3', '-3.223964580411365e-1', '-2.400758277161838e0', '-2.549732539343734e0',
            '4.374664141464968e0', '2.938163982698783e0',
        ]) }} / {{ _horner(root, [
            '7.784695709041462e-3', '3.224671290700398e-1', '2.445134137142996e0', '3.754408661907416e0', '1e0',
        ]) }}
    end
{%- endmacro -%}

{#- A polynomial, highest power first. -#}
{%- macro _horner(x, coefficients) -%}
    {%- set form = namespace(text=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set form.text = '(' ~ form.text ~ ' * ' ~ x ~ ' + ' ~ coefficient ~ ')' -%}
    {%- endfor -%}
    {{- form.text -}}
{%- endmacro -%}
