{#- One row per raw row of `orders`: parsed, judged, kept whatever its fate. -#}
{{ base_table('orders') }}
