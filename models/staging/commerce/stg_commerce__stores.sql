{#- One row per accepted store: the newest valid delivery of (store_id). -#}
{{ accepted_rows(ref('base_commerce__stores'), 'stores') }}
