{#-
  Stops a build in which every order was quarantined: without one there is no reference date, and
  every figure would be empty. Says the reasons and, where money has no rate, the currencies. Orders
  that are cancelled, or later than as_of, are orders. Post-hook of base_commerce__order_traces.
    order_traces  the relation with the accepted orders
-#}
{% macro require_orders(order_traces) %}
    {%- if not execute or run_query('select 1 as one from ' ~ order_traces ~ ' limit 1').rows | length > 0 -%}{{ return('') }}{%- endif -%}
    {%- set judged = run_query(
        'select row_status, row_reasons, currency, count(*) as row_count from ('
        ~ base_table('orders', suppressions=known_suppressions()) ~ ') as judged_orders'
        ~ ' group by row_status, row_reasons, currency order by row_count desc, row_reasons asc, currency asc'
    ).rows -%}
    {%- set reasons = {} -%}
    {%- set currencies = [] -%}
    {%- set total = namespace(rows=0) -%}
    {%- for row in judged -%}
        {%- if row[0] == 'after_as_of' -%}{{ return('') }}{%- endif -%}
        {%- set total.rows = total.rows + row[3] | int -%}
        {%- if row[1] -%}{%- do reasons.update({row[1]: reasons.get(row[1], 0) + row[3] | int}) -%}{%- endif -%}
        {%- if 'no_exchange_rate' in (row[1] or '') and row[2] not in currencies -%}{%- do currencies.append(row[2]) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not reasons -%}{{ return('') }}{%- endif -%}

    {%- set lines = [] -%}
    {%- for reason, row_count in (reasons | dictsort(by='value', reverse=true))[:3] -%}{%- do lines.append(row_count ~ ' x ' ~ reason) -%}{%- endfor -%}
    {%- if currencies -%}
        {%- do lines.append(
            'orders are in ' ~ currencies[:3] | join(', ') ~ ", the setting base_currency is '" ~ var('base_currency') ~ "': set base_currency to "
            ~ currencies[0] ~ ', or deliver its rates in the table exchange_rates'
        ) -%}
    {%- endif -%}
    {%- do exceptions.raise_compiler_error(
        'none of ' ~ total.rows ~ ' orders could be accepted, so there is nothing to build from. Why:\n  - ' ~ lines | join('\n  - ')
        ~ '\n  docs/raw-data.md says what each reason means and how to mend it.'
    ) -%}
{% endmacro %}
