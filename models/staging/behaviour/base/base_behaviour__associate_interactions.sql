{#- One row per raw row of `associate_interactions`: parsed, judged, kept whatever its fate. -#}
{{ base_table('associate_interactions') }}
