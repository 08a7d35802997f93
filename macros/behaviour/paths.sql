{#- The zone of the store that a touchpoint tells, else null: it is part of the touchpoint's id. -#}
{%- macro zone_of_touchpoint(prefix='') -%}
    case when {{ prefix }}source_table = 'store_zone_visits' then split_part({{ prefix }}touchpoint_id, '|', 2) end
{%- endmacro -%}

{#- Joins a touchpoint (relation with the columns of int_touches_numbered) with its row of int_touch_kinds as kinds. -#}
{%- macro is_of_kind(touches) -%}
    {{ touches }}.source_table = kinds.source_table
    and {{ touches }}.touchpoint_type = kinds.touchpoint_type
    and {{ touches }}.is_primary = kinds.is_primary
    and {{ touches }}.channel is not distinct from kinds.channel
    and {{ zone_of_touchpoint(touches ~ '.') }} is not distinct from kinds.zone
{%- endmacro -%}
