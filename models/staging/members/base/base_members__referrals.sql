{#- One row per raw row of `referrals`: parsed, judged, kept whatever its fate. -#}
{{ base_table('referrals') }}
