{#- One row per accepted account: the newest valid delivery of (source_system, account_id). -#}
{{ accepted_rows(ref('base_members__accounts'), 'accounts') }}
