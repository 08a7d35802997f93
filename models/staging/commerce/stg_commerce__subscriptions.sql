{#- One row per accepted subscription: the newest valid delivery of (subscription_id). -#}
{{ accepted_rows(ref('base_commerce__subscriptions'), 'subscriptions') }}
