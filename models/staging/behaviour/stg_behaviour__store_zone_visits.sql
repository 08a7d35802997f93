{#- One row per accepted stay in a zone of a store: the newest valid delivery of (visit_id, zone, entered_at). -#}
{{ accepted_rows(ref('base_behaviour__store_zone_visits'), 'store_zone_visits') }}
