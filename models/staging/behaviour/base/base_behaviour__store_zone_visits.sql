{#- One row per raw row of `store_zone_visits`: parsed, judged, kept whatever its fate. -#}
{{ base_table('store_zone_visits') }}
