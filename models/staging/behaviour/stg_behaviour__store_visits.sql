{#- One row per accepted store visit: the newest valid delivery of (visit_id). -#}
{{ accepted_rows(ref('base_behaviour__store_visits'), 'store_visits') }}
