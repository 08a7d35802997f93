{#- One row per purchase model and customer of the calibration period, with the parameters that hold for them. -#}
{{ purchase_customers('calibration') }}
