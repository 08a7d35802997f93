{#- One row per accepted campaign touch: the newest valid delivery of (touch_id). -#}
{{ accepted_rows(ref('base_marketing__campaign_touches'), 'campaign_touches') }}
