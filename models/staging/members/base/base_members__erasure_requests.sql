{#- One row per raw row of `erasure_requests`: parsed, judged, kept whatever its fate. -#}
{{ base_table('erasure_requests') }}
