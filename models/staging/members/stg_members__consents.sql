{#- One row per accepted consent change: the newest valid delivery of (source_system, account_id, purpose, changed_at). -#}
{{ accepted_rows(ref('base_members__consents'), 'consents') }}
