{#- One row per accepted indicator, period and region: the newest valid delivery of (indicator, period_start, region). -#}
{{ accepted_rows(ref('base_external__indicators'), 'indicators') }}
