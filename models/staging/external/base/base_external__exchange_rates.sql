{#- One row per raw row of `exchange_rates`: parsed, judged, kept whatever its fate. -#}
{{ base_table('exchange_rates') }}
