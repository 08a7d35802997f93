{#-
  Retention periods: var `retention_days` says after how many days rows leave a public table, and with them the
  intermediate tables that hold the same rows. Aggregates are made before, so that totals by month stay; mart
  removed_rows says what left. Raw input is its owner's: each build makes everything from it and takes older rows out at
  its end, so that what is counted over all history (orders of a customer) does not change with a period.
-#}

{#-
  What can have a period: the day of a row (SQL), the money to be counted (SQL; none where there is none), and the
  intermediate tables that hold the same rows, with the day of theirs.
-#}
{% macro retention_rules() %}
    {{ return({
        'touchpoints': {'day': 'occurred_on', 'amount': none, 'also': {
            'int_touchpoints_recorded': 'occurred_on',
            'int_touches_numbered': 'occurred_on',
            'int_touches_placed': 'cast(occurred_at as date)',
            'int_attribution_touches': 'cast(occurred_at as date)',
            'int_web_events_sessioned': 'occurred_on',
            'int_interest_days': 'activity_on',
            'int_activity_days': 'activity_on',
            'int_person_days': 'active_on',
        }},
        'sessions': {'day': 'started_on', 'amount': none, 'also': {'int_sessions': 'started_on', 'int_web_sessions': 'started_on'}},
        'funnel_entries': {'day': 'cast(entered_at as date)', 'amount': none, 'also': {
            'int_funnel_attempts': 'cast(entered_at as date)',
            'int_funnel_events': 'cast(occurred_at as date)',
            'int_funnel_chains': 'cast(ended_at as date)',
        }},
        'attributed_orders': {'day': 'ordered_on', 'amount': 'attributed_revenue', 'also': {'int_attribution_credits': 'ordered_on'}},
        'orders': {'day': 'ordered_on', 'amount': 'net_revenue', 'also': {'int_orders_identified': 'ordered_on', 'int_order_followups': 'ordered_on', 'int_loyalty_orders': 'ordered_on'}},
        'order_lines': {'day': 'ordered_on', 'amount': 'net_revenue', 'also': {}},
        'order_returns': {'day': 'returned_on', 'amount': 'refund_amount', 'also': {'int_returns_valued': 'cast(returned_at as date)'}},
        'customer_lifecycle': {'day': 'month', 'amount': none, 'also': {'int_lifecycle_days': 'event_on'}},
    }) }}
{% endmacro %}


{#- on-run-start: every table of var retention_days can have a period, and every period is one. All mistakes at once. -#}
{% macro check_retention() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- set rules = retention_rules() -%}
    {%- for table, days in var('retention_days').items() -%}
        {%- if table not in rules -%}
            {%- do problems.append(shown_setting(table) ~ ' can have no period. Tables that can: ' ~ rules | sort | join(', ')) -%}
        {%- elif days is boolean or not modules.re.fullmatch('[1-9][0-9]{0,4}', days | string) -%}
            {%- do problems.append(table ~ ': ' ~ shown_setting(days) ~ ' is not a whole number of days from 1 to 99999') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error('Setting retention_days (--vars or dbt_project.yml) cannot be used:\n  - ' ~ problems | join('\n  - ')) -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{#- Condition on rows that are older than the period of their table; false where it has none. -#}
{% macro is_past_retention(table, day, as_of) -%}
    {%- if table in var('retention_days') -%}
        {{ day }} < {{ add_days(as_of, -(var('retention_days')[table] | int)) }}
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}


{#- on-run-end: takes older rows out, once all that is made from them is made. -#}
{% macro apply_retention() %}
    {%- if not builds_marts() or not var('retention_days') or relation_of('int_build_date') is none -%}{{ return('') }}{%- endif -%}
    {%- set as_of = 'date ' ~ text_literal(run_query('select as_of from ' ~ model_relation('int_build_date')).rows[0][0]) -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='name') | list -%}
    {%- do begin_state() -%}
    {%- for table, rule in retention_rules().items() if table in var('retention_days') -%}
        {%- for name, day in dict({table: rule.day}, **rule.also).items() if name in models -%}
            {%- set relation = relation_of(name) -%}
            {%- if relation is not none and relation.type != 'view' -%}
                {%- set condition = is_past_retention(table, day, as_of) -%}
                {%- set rows = run_query('select count(*) as row_count from ' ~ relation ~ ' where ' ~ condition).rows[0][0] | int -%}
                {%- if rows > 0 -%}
                    {%- do change_table(relation, [{'where': condition}]) -%}
                    {%- do log('retention: ' ~ rows ~ ' rows older than ' ~ var('retention_days')[table] ~ ' days left ' ~ name, info=true) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do adapter.commit() if not on_spark() -%}
    {{ return('') }}
{% endmacro %}
