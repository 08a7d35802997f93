{#- One row per raw row of `reviews`: parsed, judged, kept whatever its fate. -#}
{{ base_table('reviews') }}
