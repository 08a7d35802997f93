{#- Local hour of a UTC time, 0 to 23. -#}
{%- macro local_hour(utc) -%}
    hour(cast({{ local_time(utc) }} as timestamp))
{%- endmacro -%}

{#- Two-sided p-value of a standard normal statistic; pass a column. -#}
{%- macro two_sided_p(z) -%}
    case when {{ z }} is not null then 2e0 * {{ normal_cdf('(-abs(' ~ z ~ '))') }} end
{%- endmacro -%}

{#-
  Benjamini and Hochberg: the smallest false-discovery rate at which a test would be called. Null
  where p is null; `tie` is a unique key within the family.
-#}
{%- macro benjamini_hochberg(p, family, tie) -%}
    case
        when {{ p }} is not null then least(1e0, min(
            {{ p }} * bh_count / bh_rank
        ) over (
            partition by {{ family }}
            order by bh_rank desc, {{ tie }}
            rows between unbounded preceding and current row
        ))
    end
{%- endmacro -%}
