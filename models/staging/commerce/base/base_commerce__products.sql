{#- One row per raw row of `products`: parsed, judged, kept whatever its fate. -#}
{{ base_table('products') }}
