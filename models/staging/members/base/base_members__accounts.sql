{#- One row per raw row of `accounts`: parsed, judged, kept whatever its fate. -#}
{{ base_table('accounts') }}
