{#- One row per accepted erasure request: the newest valid delivery of (request_id). -#}
{{ accepted_rows(ref('base_members__erasure_requests'), 'erasure_requests') }}
