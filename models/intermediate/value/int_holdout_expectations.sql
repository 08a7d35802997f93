{#- One row per purchase model, segment, number of repeat orders and age: what the holdout should bring of a customer who is still one. -#}
{{ purchase_expectations(
    customers=ref('int_holdout_customers'),
    spans={'holdout': "(select max(customers.holdout_days) / 7e0 from customers)"},
    outlook='holdout'
) }}
