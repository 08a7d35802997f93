{#- One row per accepted currency and day: the newest valid delivery of (currency, rate_date). -#}
{{ accepted_rows(ref('base_external__exchange_rates'), 'exchange_rates') }}
