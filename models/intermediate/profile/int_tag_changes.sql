{#-
  One row per customer, tag and captured reference date on which its value changed: the memory of
  the tags. Dates are replaced whole, so a rerun changes nothing; a full refresh leaves it alone,
  because what was captured cannot be computed again once a rule has changed.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy=per_engine('delete+insert', 'insert_overwrite'),
    unique_key='captured_as_of',
    partition_by=per_engine(none, ['captured_as_of']),
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}
select
    customer_id,
    tag,
    tag_value,
    confidence,
    evidence,
    definition_hash,
    captured_as_of
from {{ ref('int_tag_changes_pending') }}
