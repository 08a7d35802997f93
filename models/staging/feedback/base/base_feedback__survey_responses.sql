{#- One row per raw row of `survey_responses`: parsed, judged, kept whatever its fate. -#}
{{ base_table('survey_responses') }}
