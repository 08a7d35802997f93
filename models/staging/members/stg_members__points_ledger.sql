{#- One row per accepted points entry: the newest valid delivery of (entry_id). -#}
{{ accepted_rows(ref('base_members__points_ledger'), 'points_ledger') }}
