{#-
  One row per answer with its drivers in the slots of its metric: x1 … x12 as observed (capped,
  null where unknown or where the slot is empty), c1 … c12 and cy centred on the metric's mean for
  the regression, where unknown counts as zero or as average by the seed.
-#}
{%- set drivers = [
    'delivery_delay', 'resolution_time', 'first_response_time', 'reopened', 'complaint',
    'waiting_time', 'return_time', 'page_load', 'discount_share', 'order_value',
    'associate_contact', 'store_channel', 'category_level', 'product_level',
] -%}
{%- set slots = range(1, 13) -%}
with

driver_values as (

    select * from {{ ref('int_driver_values') }}

),

slots as (

    select * from {{ ref('int_driver_slots') }}

),

-- 1. for each metric: which driver sits in which slot (0: the slot is empty)
metric_slots as (

    select
        metric,
        {%- for slot in slots %}
        coalesce(max(case when slot = {{ slot }} then
            case driver
                {%- for driver in drivers %}
                when '{{ driver }}' then {{ loop.index }}
                {%- endfor %}
            end
        end), 0) as position_{{ slot }},
        max(case when slot = {{ slot }} then cap_at end) as cap_{{ slot }},
        coalesce(
            max(case when slot = {{ slot }} and when_unknown = 'zero' then 1 end), 0
        ) = 1 as is_zero_{{ slot }}{{ ',' if not loop.last }}
        {%- endfor %}
    from slots
    group by metric

),

slotted as (

    select
        driver_values.answer_id,
        driver_values.metric,
        driver_values.segment,
        driver_values.score,
        driver_values.score_class,
        driver_values.resample_unit,
        {%- for slot in slots %}
        case metric_slots.position_{{ slot }}
            {%- for driver in drivers %}
            when {{ loop.index }} then driver_values.{{ driver }}
            {%- endfor %}
        end as raw_{{ slot }},
        metric_slots.cap_{{ slot }},
        metric_slots.is_zero_{{ slot }}{{ ',' if not loop.last }}
        {%- endfor %}
    from driver_values
    inner join metric_slots on driver_values.metric = metric_slots.metric

),

filled as (

    select
        *,
        {%- for slot in slots %}
        case when raw_{{ slot }} > cap_{{ slot }} then cap_{{ slot }} else raw_{{ slot }} end as x{{ slot }},
        case
            when raw_{{ slot }} > cap_{{ slot }} then cap_{{ slot }}
            when raw_{{ slot }} is null and is_zero_{{ slot }} then 0e0
            else raw_{{ slot }}
        end as f{{ slot }}{{ ',' if not loop.last }}
        {%- endfor %}
    from slotted

),

-- any centre will do; a rounded one is the same whatever the order of the sum
means as (

    select
        metric,
        round(avg(score), 6) as mean_y,
        {%- for slot in slots %}
        round(avg(f{{ slot }}), 6) as mean_{{ slot }}{{ ',' if not loop.last }}
        {%- endfor %}
    from filled
    group by metric

),

final as (

    select
        filled.answer_id,
        filled.metric,
        filled.segment,
        filled.score_class,
        filled.resample_unit,
        filled.score,
        filled.score - means.mean_y as cy,
        {%- for slot in slots %}
        filled.x{{ slot }},
        coalesce(filled.f{{ slot }} - means.mean_{{ slot }}, 0e0) as c{{ slot }}{{ ',' if not loop.last }}
        {%- endfor %}
    from filled
    inner join means on filled.metric = means.metric

)

select * from final
