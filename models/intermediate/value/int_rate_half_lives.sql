{#- One row per half-life that the drifting rate is tried with; ten years stand for a rate that does not drift. -#}
{%- set weeks = [4, 8, 13, 26, 52, 520] -%}
with

final as (

    {%- for number in weeks %}
    select {{ number }}e0 as half_life_weeks
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
