{#- One row per accepted product: the newest valid delivery of (product_id). -#}
{{ accepted_rows(ref('base_commerce__products'), 'products') }}
