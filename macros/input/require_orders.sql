{#-
  Stops a build in which every order was quarantined: without one there is no reference date, and
  every figure would be empty. Says the reasons and, where money has no rate, the currencies. Orders
  that are cancelled, or later than as_of, are orders.
-#}
{% macro require_orders() %}
    {%- set orders = relation_of('base_commerce__orders') if execute else none -%}
    {%- if orders is none -%}{{ return('') }}{%- endif -%}
    {%- set counts = run_query(
        "select count(*) as row_count, count(case when row_status in ('accepted', 'after_as_of') then 1 end) as order_count from " ~ orders
    ).rows[0] -%}
    {%- if counts[0] | int == 0 or counts[1] | int > 0 -%}{{ return('') }}{%- endif -%}

    {%- set lines = [] -%}
    {%- for row in run_query(
        'select row_reasons, count(*) as row_count from ' ~ orders ~ " where row_status = 'quarantined'"
        ~ ' group by row_reasons order by row_count desc, row_reasons asc limit 3'
    ).rows -%}
        {%- do lines.append(row[1] ~ ' x ' ~ row[0]) -%}
    {%- endfor -%}
    {%- set currencies = [] -%}
    {%- for row in run_query(
        'select currency, count(*) as row_count from ' ~ orders ~ " where row_reasons like '%no_exchange_rate%'"
        ~ ' group by currency order by row_count desc, currency asc limit 3'
    ).rows -%}
        {%- do currencies.append(row[0]) -%}
    {%- endfor -%}
    {%- if currencies -%}
        {%- do lines.append(
            'orders are in ' ~ currencies | join(', ') ~ ", the setting base_currency is '" ~ var('base_currency') ~ "': set base_currency to "
            ~ currencies[0] ~ ', or deliver its rates in the table exchange_rates'
        ) -%}
    {%- endif -%}
    {%- do exceptions.raise_compiler_error(
        'none of ' ~ counts[0] ~ ' orders could be accepted, so there is nothing to build from. Why:\n  - ' ~ lines | join('\n  - ')
        ~ '\n  docs/raw-data.md says what each reason means; staging.base_commerce__orders holds the rows.'
    ) -%}
{% endmacro %}
