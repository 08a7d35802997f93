{#- One row per accepted logged action: the newest valid delivery of (action_log_id). -#}
{{ accepted_rows(ref('base_marketing__action_log'), 'action_log') }}
