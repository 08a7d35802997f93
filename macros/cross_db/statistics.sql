{#- Statistics that one of the engines lacks or defines in its own way. -#}

{#-
  Aggregate: an approximate quantile as a double, in one pass and little memory. The two engines
  use different sketches: their results are close, not equal. For monitoring, not for marts.
-#}
{%- macro approx_quantile_of(x, p) -%}
    {{ 'approx_percentile' if on_spark() else 'approx_quantile' }}(cast({{ x }} as double), {{ p }})
{%- endmacro -%}

{#- Aggregate: Pearson's correlation; null for fewer than two pairs or when one side is constant. -#}
{%- macro correlation_of(a, b) -%}
    {%- set correlation = 'corr(cast(' ~ a ~ ' as double), cast(' ~ b ~ ' as double))' -%}
    {%- if on_spark() -%}
        {{- correlation -}}
    {%- else -%}
        case when not isnan({{ correlation }}) then {{ correlation }} end
    {%- endif -%}
{%- endmacro -%}

{#- Window: the number of different values in the partition (bigint), nulls not counted. -#}
{%- macro count_distinct_over(x, partition_by) -%}
    {%- if on_spark() -%}
        cast(size(collect_set({{ x }}) over (partition by {{ partition_by }})) as bigint)
    {%- else -%}
        count(distinct {{ x }}) over (partition by {{ partition_by }})
    {%- endif -%}
{%- endmacro -%}

{#- Window: the last value that is not null, up to and with the current row. -#}
{%- macro last_known(x, partition_by, order_by) -%}
    last_value({{ x }}{{ ')' if on_spark() }} ignore nulls{{ ')' if not on_spark() }} over (
        partition by {{ partition_by }} order by {{ order_by }}
        rows between unbounded preceding and current row
    )
{%- endmacro -%}

{#-
  Natural logarithm of the gamma function for x > 0, else null. DuckDB has it; on Spark Lanczos'
  series (g = 607/128, 15 terms), equal to 3e-15. Pass a column: the series repeats it.
-#}
{%- macro log_gamma(x) -%}
    {%- set arg = 'cast(' ~ x ~ ' as double)' -%}
    {%- if on_spark() -%}
        {%- set coefficients = [
            '57.1562356658629235e0', '-59.5979603554754912e0', '14.1360979747417471e0',
            '-0.491913816097620199e0', '0.339946499848118887e-4', '0.465236289270485756e-4',
            '-0.983744753048795646e-4', '0.158088703224912494e-3', '-0.210264441724104883e-3',
            '0.217439618115212643e-3', '-0.164318106536763890e-3', '0.844182239838527433e-4',
            '-0.261908384015814087e-4', '0.368991826595316234e-5',
        ] -%}
        {%- set terms = ['0.999999999999997092e0'] -%}
        {%- for coefficient in coefficients -%}
            {%- do terms.append(coefficient ~ ' / (' ~ arg ~ ' + ' ~ loop.index ~ 'e0)') -%}
        {%- endfor -%}
        case
            when {{ x }} > 0
                then (({{ arg }} + 0.5e0) * ln({{ arg }} + 5.2421875e0)
                    - ({{ arg }} + 5.2421875e0)
                    + ln(2.5066282746310005e0 * ({{ terms | join(' + ') }}) / {{ arg }}))
        end
    {%- else -%}
        lgamma(case when {{ x }} > 0 then {{ arg }} end)
    {%- endif -%}
{%- endmacro -%}

{#-
  Standard normal distribution function (Hart's rational form as given by West, 2005), absolute
  error 1e-15, the same formula on both engines. Pass a column: the formula repeats it.
  erf(x) = 2 * normal_cdf(x * sqrt(2)) - 1.
-#}
{%- macro normal_cdf(x) -%}
    {%- set arg = 'cast(' ~ x ~ ' as double)' -%}
    {%- set size = 'abs(' ~ arg ~ ')' -%}
    {%- set above = namespace(text='3.52624965998911e-2') -%}
    {%- for k in [
        '0.700383064443688e0', '6.37396220353165e0', '33.912866078383e0', '112.079291497871e0',
        '221.213596169931e0', '220.206867912376e0',
    ] -%}
        {%- set above.text = '(' ~ above.text ~ ' * ' ~ size ~ ' + ' ~ k ~ ')' -%}
    {%- endfor -%}
    {%- set below = namespace(text='8.83883476483184e-2') -%}
    {%- for k in [
        '1.75566716318264e0', '16.064177579207e0', '86.7807322029461e0', '296.564248779674e0',
        '637.333633378831e0', '793.826512519948e0', '440.413735824752e0',
    ] -%}
        {%- set below.text = '(' ~ below.text ~ ' * ' ~ size ~ ' + ' ~ k ~ ')' -%}
    {%- endfor -%}
    {%- set fraction = namespace(text=size ~ ' + 0.65e0') -%}
    {%- for k in ['4e0', '3e0', '2e0', '1e0'] -%}
        {%- set fraction.text = size ~ ' + ' ~ k ~ ' / (' ~ fraction.text ~ ')' -%}
    {%- endfor -%}
    {%- set density = 'exp(-' ~ arg ~ ' * ' ~ arg ~ ' / 2e0)' -%}
    {%- set tail -%}
        case
            when {{ size }} > 37e0 then 0e0
            when {{ size }} < 7.07106781186547e0
                then {{ density }} * {{ above.text }} / {{ below.text }}
            else {{ density }} / ({{ fraction.text }}) / 2.506628274631e0
        end
    {%- endset -%}
    case
        when {{ x }} is null then null
        when {{ x }} > 0 then 1e0 - {{ tail }}
        else {{ tail }}
    end
{%- endmacro -%}
