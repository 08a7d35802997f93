{#- One row per accepted order: the newest valid delivery of (order_id). -#}
{{ accepted_rows(ref('base_commerce__orders'), 'orders') }}
