{#- One row per segment, number of repeat orders and age: what the next 30, 90 and 365 days should bring of a customer who is still one. -#}
{%- set monthly = 'power(' ~ (1 + var('clv_annual_discount_rate') | float) ~ 'e0, -{month} / 12e0)' -%}
{%- set spans = {'30d': '30 / 7e0', '90d': '90 / 7e0'} -%}
{%- set discounted = {} -%}
{#- money of month m comes at its end: the sum of gains times discounts, gathered by month -#}
{%- for month in range(1, 13) -%}
    {%- set name = 'm' ~ '%02d' % month if month < 12 else '365d' -%}
    {%- do spans.update({name: '365 * ' ~ month ~ ' / 84e0'}) -%}
    {%- do discounted.update({name: monthly | replace('{month}', month | string)
        ~ (' - ' ~ monthly | replace('{month}', (month + 1) | string) if month < 12 else '')}) -%}
{%- endfor -%}
{{ purchase_expectations(
    customers=ref('int_year_customers'), spans=spans, outlook='365d', discounted=discounted
) }}
