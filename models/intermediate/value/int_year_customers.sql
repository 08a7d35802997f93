{#- One row per customer, with the parameters of the purchase model that did better on the holdout. -#}
{{ purchase_customers('history', chosen=ref('int_clv_choice')) }}
