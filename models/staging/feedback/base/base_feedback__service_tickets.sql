{#- One row per raw row of `service_tickets`: parsed, judged, kept whatever its fate. -#}
{{ base_table('service_tickets') }}
