{#-
  Guards that a series says of each period whether it is over: the first half of a month beside whole ones looks like a
  collapse. Recounted from the first day of the period in which the reference date lies.
    period_start  column with the first day
    period_type   plain day, week or month; or the column that says which
-#}
{% test period_over(model, column_name, period_start, period_type) %}

select
    series.{{ period_start }},
    series.{{ column_name }},
    reference_date.as_of
from {{ model }} as series
cross join {{ ref('stg_commerce__as_of') }} as reference_date
where
    coalesce(series.{{ column_name }}, false) != case {{ "'" ~ period_type ~ "'" if period_type in ['day', 'week', 'month'] else 'series.' ~ period_type }}
        {%- for part in ['day', 'week', 'month'] %}
        when '{{ part }}' then series.{{ period_start }} < {{ date_trunc_to(part, 'reference_date.as_of') }}
        {%- endfor %}
        else true
    end
    or series.{{ column_name }} is null

{% endtest %}
