{#- One row per accepted order line: the newest valid delivery of (order_id, line_number). -#}
{{ accepted_rows(ref('base_commerce__order_items'), 'order_items') }}
