{#- One row per raw row of `campaign_touches`: parsed, judged, kept whatever its fate. -#}
{{ base_table('campaign_touches') }}
