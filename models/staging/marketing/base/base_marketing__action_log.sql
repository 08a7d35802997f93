{#- One row per raw row of `action_log`: parsed, judged, kept whatever its fate. -#}
{{ base_table('action_log') }}
