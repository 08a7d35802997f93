{#- One row per raw row of `order_items`: parsed, judged, kept whatever its fate. -#}
{{ base_table('order_items') }}
