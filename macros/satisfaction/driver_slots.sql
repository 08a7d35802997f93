{#-
  Column lists of int_driver_answers: the regressions of all metrics share twelve slots, and the
  seed satisfaction_drivers_used says which driver sits in which slot of which metric.
-#}

{#- Drivers that int_driver_values computes; their order is only internal. -#}
{%- macro computed_drivers() -%}
    {{- return([
        'delivery_delay', 'resolution_time', 'first_response_time', 'reopened', 'complaint',
        'waiting_time', 'return_time', 'page_load', 'discount_share', 'order_value',
        'associate_contact', 'store_channel', 'category_level', 'product_level',
    ]) -}}
{%- endmacro -%}

{#- Per metric and slot: position of its driver (0: empty), its cap, and whether unknown is zero. -#}
{%- macro slot_columns() -%}
    {%- for slot in range(1, 13) %}
    coalesce(max(case when slot = {{ slot }} then
        case driver
            {%- for driver in computed_drivers() %}
            when '{{ driver }}' then {{ loop.index }}
            {%- endfor %}
        end
    end), 0) as position_{{ slot }},
    max(case when slot = {{ slot }} then cap_at end) as cap_{{ slot }},
    coalesce(
        max(case when slot = {{ slot }} and when_unknown = 'zero' then 1 end), 0
    ) = 1 as is_zero_{{ slot }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- The driver of each slot, out of the columns of `driver_values`, by the position of the slot. -#}
{%- macro slotted_columns() -%}
    {%- for slot in range(1, 13) %}
    case metric_slots.position_{{ slot }}
        {%- for driver in computed_drivers() %}
        when {{ loop.index }} then driver_values.{{ driver }}
        {%- endfor %}
    end as raw_{{ slot }},
    metric_slots.cap_{{ slot }},
    metric_slots.is_zero_{{ slot }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- Capped values: x as observed, f with zero for what did not happen. -#}
{%- macro capped_columns() -%}
    {%- for slot in range(1, 13) %}
    case when raw_{{ slot }} > cap_{{ slot }} then cap_{{ slot }} else raw_{{ slot }} end as x{{ slot }},
    case
        when raw_{{ slot }} > cap_{{ slot }} then cap_{{ slot }}
        when raw_{{ slot }} is null and is_zero_{{ slot }} then 0e0
        else raw_{{ slot }}
    end as f{{ slot }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- Mean of each slot; any centre will do, and a rounded one is the same whatever the order of the sum. -#}
{%- macro slot_means() -%}
    {%- for slot in range(1, 13) %}
    round(avg(f{{ slot }}), 6) as mean_{{ slot }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- x as observed, and c centred on the mean of the metric; what is unknown is average. -#}
{%- macro centred_columns() -%}
    {%- for slot in range(1, 13) %}
    filled.x{{ slot }},
    coalesce(filled.f{{ slot }} - means.mean_{{ slot }}, 0e0) as c{{ slot }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}
