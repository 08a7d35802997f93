{#- One row per accepted service ticket: the newest valid delivery of (ticket_id). -#}
{{ accepted_rows(ref('base_feedback__service_tickets'), 'service_tickets') }}
