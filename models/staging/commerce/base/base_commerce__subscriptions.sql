{#- One row per raw row of `subscriptions`: parsed, judged, kept whatever its fate. -#}
{{ base_table('subscriptions') }}
