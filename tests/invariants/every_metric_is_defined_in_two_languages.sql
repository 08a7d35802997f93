{#- Guards whoever reads a figure: no governed metric lacks a name, a definition, an owner or a mart to compare with, in either language. -#}
{{ config(group='governance') }}
select metric
from {{ ref('metric_definitions') }}
where
    trim(label_en) = '' or trim(label_zh) = ''
    or trim(definition_en) = '' or trim(definition_zh) = ''
    or trim(owner_role_en) = '' or trim(owner_role_zh) = ''
    or trim(source_mart) = ''
