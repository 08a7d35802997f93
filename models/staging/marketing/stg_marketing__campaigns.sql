{#- One row per accepted campaign: the newest valid delivery of (campaign_id). -#}
{{ accepted_rows(ref('base_marketing__campaigns'), 'campaigns') }}
