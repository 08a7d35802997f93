{#- One row per accepted event, day and region: the newest valid delivery of (event_date, event_name, region). -#}
{{ accepted_rows(ref('base_external__calendar_events'), 'calendar_events') }}
