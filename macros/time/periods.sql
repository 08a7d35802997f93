{#-
  Whether a period lies wholly before the reference date: what happened in it is known, as far as it was delivered.
    start        first day of the period
    as_of        the reference date
    period_type  plain day, week or month; or the column that says which. All of the past (`all`) is never half.
-#}
{%- macro is_period_over(start, as_of, period_type) -%}
    {%- set ends = {'day': add_days(start, 1), 'week': add_days(start, 7), 'month': add_months_to(start, 1)} -%}
    {%- if period_type in ends -%}
        {{ ends[period_type] }} <= {{ as_of }}
    {%- else -%}
        case {{ period_type }}
            {%- for length, end in ends.items() %}
            when '{{ length }}' then {{ end }} <= {{ as_of }}
            {%- endfor %}
            else true
        end
    {%- endif -%}
{%- endmacro -%}
