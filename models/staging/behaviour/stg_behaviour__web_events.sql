{#- One row per accepted web or app event: the newest valid delivery of (event_id). -#}
{{ accepted_rows(ref('base_behaviour__web_events'), 'web_events') }}
