{#- One row per accepted payment: the newest valid delivery of (payment_id). -#}
{{ accepted_rows(ref('base_commerce__payments'), 'payments') }}
