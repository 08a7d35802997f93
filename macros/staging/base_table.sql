{#-
  One row per raw row of a contract table: parsed, judged, and kept whatever its fate. Rows of people
  who asked for erasure never get further than their table, money and delivery (erased_rows.sql).

  Added columns
    row_status       accepted · duplicate · quarantined · after_as_of · erased
    is_erased        true for rows of people who asked for erasure; their orders stay accepted
    account_scope    where the account id is unique: the source system or the id space that it shares
                     with others; with a number behind it for people who came back after an erasure
                     (for referrals referrer_account_scope and referred_account_scope)
    guest_key        orders without an account: the guest, see macros/governance/keys.sql
    row_reasons      every rule the row breaks, `rule:column`, separated by `; ` (seed quality_rules explains them)
    row_corrections  fields changed while reading, `rule:column`
    row_flags        findings that do not reject the row, `rule:column`
    raw_record       the raw row as JSON with personal values masked, quarantined rows only
    currency, rate_to_base   where the table has money: base-currency units for 1

  Rows that are written plainly (plain_rows.sql) are read as they stand, others closely (sorted_rows).

  A row is validated first; valid rows known at `as_of` compete for their key: the newest
  `_loaded_at` wins (nulls last), then `updated_at`, then the row's text, then what was corrected least.

    suppressions  relation with the keys of erased people; default: the list of this build. What is
                  read before that list is made takes the list of the last build (a trace, see
                  base_members__account_traces)
-#}
{% macro base_table(table, suppressions=none) %}
{%- set of_people = speaks_of_people(table) -%}
{{ judged_rows(table, (suppressions or ref('int_erasure_suppressions')) if of_people) }}
{%- if of_people -%}
,

{{ erased_rows_ctes(table, 'judged_rows') }}

select * from survivors
{%- else %}

select
    *,
    false as is_erased
from judged_rows
{%- endif %}
{% endmacro %}


{#-
  CTEs from a relation with raw rows to `typed`: every column read, whatever its form.
    columns        columns of the contract to read
    with_delivery  whether _loaded_at is read as well
-#}
{% macro typed_ctes(table, columns, source, with_delivery=true) %}
{%- set contract = raw_table_contract(table) -%}
{%- set delivery = [{'name': '_loaded_at', 'type': 'timestamp', 'values': []}] if with_delivery else [] -%}
{%- set inline = per_engine('not materialized', '') -%}
-- text without blanks around it
trimmed as {{ inline }} (

    select
        *,
        {%- for column in columns + delivery %}
        {{ trim_blanks(column.name ~ '__raw', is_folded(column)) }} as {{ column.name }}__trimmed{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source }}

),

-- words that mean nothing become null
cleaned as {{ inline }} (

    select
        *,
        {%- for column in columns + delivery %}
        {{ without_null_words(column.name ~ '__trimmed', keep=column['values']) }} as {{ column.name }}__text{{ ',' if not loop.last }}
        {%- endfor %}
    from trimmed

),

-- typed values of what is written plainly
plain as {{ inline }} (

    select
        {%- for column in columns + delivery if has_forms(column) %}
        {{ plain_value(table, column, column.name ~ '__raw', column.name ~ '__text') }} as {{ column.name }}__plain,
        {%- endfor %}
        *
    from cleaned

),

-- other forms of times, days and numbers; see docs/raw-data.md
formed as {{ inline }} (

    select
        {%- for column in columns + delivery if has_forms(column) %}
        {{ form_if_not_plain(table, column, column.name ~ '_') }} as {{ column.name }}__form,
        {%- endfor %}
        *
    from plain

),

-- typed values; what cannot be read is null and named below
typed as {{ inline }} (

    select
        *,
        {%- for column in columns %}
        {{ parse_key_or_value(contract, column) }} as {{ column.name }}{{ ',' if with_delivery or not loop.last }}
        {%- endfor %}
        {%- if with_delivery %}
        {{ value_of_form('timestamp', '_loaded_at_') }} as _loaded_at
        {%- endif %}
    from formed
    {{ computed_once() }}

)
{%- endmacro %}


{#-
  The CTEs from the raw table to `typed`, for those who look at the raw tables again.
    only  names of the columns to read, without _loaded_at; default: all
-#}
{% macro typed_rows(table, only=none) %}
{%- set contract = raw_table_contract(table) -%}
{%- set columns = contract.columns if only is none else contract.columns | selectattr('name', 'in', only) | list -%}
with

raw_rows as {{ per_engine('not materialized', '') }} (

    select
        {%- for column in columns %}
        {{ column.name }} as {{ column.name }}__raw,
        {%- endfor %}
        {%- if only is none %}
        _loaded_at as _loaded_at__raw,
        {%- endif %}
        {{ '_unparseable' if var('raw_data') != 'sample' else 'cast(null as string)' }} as unparseable_line
    from {{ raw(contract.group, table) }}

),

{{ typed_ctes(table, columns, 'raw_rows', with_delivery=only is none) }}
{%- endmacro %}


{#-
  The CTEs of a base table from the raw table to `plain_rows`, those that are written plainly, as they stand,
  and to `closely_read`: those of an odd key: others, and those whose key several rows claim (is_contested).
-#}
{% macro sorted_rows(table) %}
{%- set contract = raw_table_contract(table) -%}
{%- set columns = contract.columns -%}
{%- set key_columns = columns | selectattr('name', 'in', contract.key) | list -%}
{%- set loaded_at = {'name': '_loaded_at', 'type': 'timestamp', 'values': []} -%}
{%- set plain_keys = [] -%}
{%- set clean_keys = [] -%}
{%- set read_keys = [] -%}
{%- for column in key_columns -%}
    {#- keys that are hashed lose their case; one print for more than one key does no harm -#}
    {%- set text = column.name ~ '__key_text' -%}
    {%- do plain_keys.append('lower(' ~ value_of_plain(column) ~ ')' if column.type == 'text' else value_of_plain(column)) -%}
    {%- do clean_keys.append('lower(' ~ text ~ ')' if column.type == 'text' else value_of_form(column.type, column.name ~ '__key') if has_forms(column) else parse_as(column.type, text)) -%}
    {%- do read_keys.append('lower(' ~ column.name ~ '__text)' if column.type == 'text' else column.name if has_forms(column) else parse_as(column.type, column.name ~ '__text')) -%}
{%- endfor -%}
{#- a large table is read several times rather than kept in memory; see docs/decisions.md -#}
{%- set inline = per_engine('not materialized', '') -%}
with

raw_rows as {{ inline }} (

    select
        {%- for column in columns %}
        {{ column.name }} as {{ column.name }}__raw,
        {%- endfor %}
        _loaded_at as _loaded_at__raw,
        {{ '_unparseable' if var('raw_data') != 'sample' else 'cast(null as string)' }} as unparseable_line
    from {{ raw(contract.group, table) }}

),

-- times, days and numbers that are written plainly: nearly all
read_rows as {{ inline }} (

    select
        {%- for column in columns + [loaded_at] if is_read_plain(column) %}
        {{ plain_value(table, column, column.name ~ '__raw', raw_text(column.name ~ '__raw')) }} as {{ column.name }}__plain,
        {%- endfor %}
        *
    from raw_rows

),

-- keys that more than one raw row claims; only their rows have to compete
key_texts as {{ inline }} (

    select
        {%- for column in key_columns %}
        {%- set text = raw_text(column.name ~ '__raw') %}
        {%- set clean = trim_blanks(column.name ~ '__raw', is_folded(column)) %}
        {%- if has_forms(column) %}
        {{ column.name }}__plain,
        case when {{ column.name }}__plain is null then {{ without_null_words(clean) }} end as {{ column.name }}__key_text
        {%- elif column.required %}
        case when {{ has_other_than(text, '!-~') }} then {{ clean }} else {{ text }} end as {{ column.name }}__key_text
        {%- else %}
        {{ without_null_words(clean, keep=column['values']) }} as {{ column.name }}__key_text
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from read_rows

),

key_plain as {{ inline }} (

    select
        {%- for column in key_columns if has_forms(column) %}
        {{ or_read_again(table, column, column.name ~ '__plain', column.name ~ '__key_text') }} as {{ column.name }}__key_plain,
        {%- endfor %}
        *
    from key_texts

),

key_forms as {{ inline }} (

    select
        {%- for column in key_columns if has_forms(column) %}
        {{ form_if_not_plain(table, column, column.name ~ '__key') }} as {{ column.name }}__key_form,
        {%- endfor %}
        *
    from key_plain

),

keyed as {{ inline }} (

    select {{ row_fingerprint(clean_keys) }} as key_print
    from key_forms

),

contested_keys as (

    select key_print as contested_print
    from keyed
    group by key_print
    having count(*) > 1

),

tested as {{ inline }} (

    select
        *,
        {{ row_fingerprint(plain_keys) }} as plain_print
    from read_rows

),

-- the keys of rows that are not plain, or that several rows claim: few, so each row is looked at once
odd_keys as {{ per_engine('materialized', '') }} (

    select plain_print as odd_print
    from tested
    where
        coalesce(
            unparseable_line is not null
            or (_loaded_at__plain is null and _loaded_at__raw is not null)
            {%- for column in columns %}
            or {{ needs_closer_look(contract, column) }}
            {%- endfor %},
            false
        )
    union
    select contested_print as odd_print
    from contested_keys

),

marked as {{ inline }} (

    select
        tested.*,
        odd_keys.odd_print is not null as is_odd
    from tested
    left join odd_keys on tested.plain_print = odd_keys.odd_print

),

other_rows as {{ inline }} (

    select
        {%- for column in columns %}
        {{ column.name }}__raw,
        {%- endfor %}
        _loaded_at__raw,
        unparseable_line
    from marked
    where is_odd

),

{{ typed_ctes(table, columns, 'other_rows') }},

printed as {{ inline }} (

    select
        *,
        {{ row_fingerprint(read_keys) }} as key_print
    from typed

),

plain_rows as {{ inline }} (

    select
        {%- for column in columns %}
        {{ value_of_plain(column) }} as {{ column.name }},
        {{ column.name }}__raw,
        {%- endfor %}
        _loaded_at__plain as _loaded_at,
        _loaded_at__raw,
        unparseable_line
    from marked
    where not is_odd

),

closely_read as {{ inline }} (

    select
        printed.*,
        contested_keys.contested_print is not null as is_contested
    from printed
    left join contested_keys on printed.key_print = contested_keys.contested_print

)
{%- endmacro %}


{#- A value that was read plainly, or else what its cleaned text is read as. -#}
{% macro or_read_again(table, column, plain, text) -%}
    {%- if column_formats(table, column.name, column.type) -%}{{ plain }}
    {%- else -%}coalesce({{ plain }}, {{ parse_as(column.type, text) }})
    {%- endif -%}
{%- endmacro %}


{#- One CTE: rows of a table with what their rules ask besides: rates, the order they belong to, the reference date, the latest plausible time. -#}
{% macro in_context_cte(name, source, contract, has_currency, knows_as_of) -%}
{%- set happened = contract.happened -%}
{%- set is_child = 'parent' in contract -%}
{{ name }} as {{ per_engine('not materialized', '') }} (

    select
        typed.*
        {%- if has_currency %},
        case
            when typed.currency = {{ text_literal(var('base_currency')) }} then 1e0
            else daily_rates.rate
        end as rate_to_base
        {%- elif is_child %},
        parent_orders.parent_rate as rate_to_base
        {%- elif 'amount' in contract %},
        1e0 as rate_to_base
        {%- endif %}
        {%- if is_child %},
        parent_orders.parent_is_accepted,
        parent_orders.parent_currency
        {%- endif %}
        {%- if knows_as_of %},
        reference_date.as_of,
        reference_date.as_of_at
        {%- endif %}
        {%- if happened %},
        time_limit.max_seconds
        {%- endif %}
    from {{ source }} as typed
    {%- if has_currency %}
    {%- set money_day = contract.get('money_day', happened) %}
    left join last_rates on typed.currency = last_rates.rate_currency
    left join daily_rates
        on
            typed.currency = daily_rates.currency
            and daily_rates.rate_date = least(
                {{ local_date('typed.' ~ money_day) if money_day != 'start_date' else 'typed.start_date' }},
                last_rates.last_rate_date
            )
    {%- endif %}
    {%- if is_child %}
    left join erased_order_ids on typed.order_id = erased_order_ids.order_id
    left join parent_orders on coalesce(erased_order_ids.token, typed.order_id) = parent_orders.order_id
    {%- endif %}
    {%- if knows_as_of %}
    cross join reference_date
    {%- endif %}
    {%- if happened %}
    cross join time_limit
    {%- endif %}

)
{%- endmacro %}


{#- Findings that do not reject a row. What is written plainly is neither a damaged key nor damaged text. -#}
{% macro flags_found(contract, read_closely=false) -%}
{%- set conditions = contract.get('flag', {}) -%}
{%- if not read_closely and not conditions -%}cast(null as string)
{%- else -%}
{{ 'case when ' ~ conditions.values() | join(' or ') ~ ' then ' if not read_closely }}nullif(concat_ws(
            '; ',
            cast(null as string)
            {%- for rule, condition in conditions.items() %},
            case when {{ condition }} then '{{ rule }}' end
            {%- endfor %}
            {%- if read_closely %}
            {%- for column in contract.columns if is_id_column(column.name) and not rejects_damage(contract, column) %},
            case when {{ column.name }} is null and {{ column.name }}__text is not null then 'damaged_key:{{ column.name }}' end
            {%- endfor %}
            {%- for column in contract.columns if column.type == 'text' %},
            case when {{ is_mojibake(column.name) }} then 'suspect_encoding:{{ column.name }}' end
            {%- endfor %}
            {%- endif %}
        ), ''){{ ' end' if not read_closely }}
{%- endif -%}
{%- endmacro %}


{#-
  Rules that concern a row of typed values, not the form of one: list of {rule, condition}, in the order of
  the reasons. of_plain: never where a plain row cannot break it, suspected where another condition suspects it.
-#}
{% macro row_rules(contract, columns, happened, has_currency) %}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set is_child = 'parent' in contract -%}
    {%- set rules = [] -%}
    {%- for rule, condition in contract.get('reject', {}).items() -%}
        {%- do rules.append({'rule': rule, 'condition': 'unparseable_line is null and (' ~ condition ~ ')'}) -%}
    {%- endfor -%}
    {%- if happened -%}
        {%- set instant = 'cast(' ~ happened ~ ' as timestamp)' -%}
        {%- set is_late -%}
            case
                when _loaded_at is not null then {{ instant }} > _loaded_at + interval 1 day
                else {{ epoch_seconds(instant) }} > max_seconds
            end
        {%- endset -%}
        {%- do rules.append({'rule': 'future_timestamp:' ~ happened, 'condition': is_late}) -%}
        {%- do rules.append({
            'rule': 'implausible_date:' ~ happened,
            'condition': happened ~ " < date '1970-01-01' and not coalesce(" ~ is_late ~ ', false)'
        }) -%}
    {%- endif -%}
    {%- if has_currency -%}
        {%- do rules.append({
            'rule': 'no_exchange_rate:currency',
            'condition': 'unparseable_line is null and currency is not null and ' ~ (happened or 'start_date') ~ ' is not null and rate_to_base is null'
        }) -%}
    {%- endif -%}
    {%- set amounts = [] -%}
    {%- if 'amount' in contract -%}
        {%- set row_currency = 'currency' if 'currency' in names else 'parent_currency' if is_child else "'" ~ var('base_currency') ~ "'" -%}
        {%- for column in columns if column.type == 'money' -%}
            {%- do rules.append({
                'rule': 'currency_differs:' ~ column.name,
                'condition': column.name ~ '__form is not null and ' ~ currency_mark_differs(column.name ~ '__text', row_currency),
                'of_plain': 'never'
            }) -%}
        {%- endfor -%}
        {%- for column in columns if column.type in ('money', 'signed') -%}
            {%- do amounts.append('abs(' ~ column.name ~ ')' if column.type == 'signed' else column.name) -%}
            {%- do rules.append({
                'rule': 'out_of_range:' ~ column.name,
                'condition': 'abs(cast(' ~ column.name ~ ' as double)) * rate_to_base > ' ~ plausible_limits().money ~ 'e0 and abs('
                    ~ column.name ~ ') <= ' ~ plausible_limits().money,
                'of_plain': 'suspected'
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {#- what makes a plain row suspect of breaking one of several rules is not a rule itself -#}
    {%- if amounts -%}
        {%- set largest = 'greatest(' ~ amounts | join(', ') ~ ')' if amounts | length > 1 else amounts[0] -%}
        {%- do rules.append({'condition': 'cast(' ~ largest ~ ' as double) * rate_to_base > ' ~ plausible_limits().money ~ 'e0'}) -%}
    {%- endif -%}
    {%- if is_child -%}
        {%- do rules.append({
            'rule': 'unknown_order:order_id',
            'condition': 'unparseable_line is null and order_id is not null and parent_is_accepted is null'
        }) -%}
    {%- endif -%}
    {{ return(rules) }}
{% endmacro %}


{#- The CTEs of a base table up to `judged_rows`: every raw row with its fate, erasures apart. -#}
{% macro judged_rows(table, suppressions=none) %}
{%- set contract = raw_table_contract(table) -%}
{%- set columns = contract.columns -%}
{%- set names = columns | map(attribute='name') | list -%}
{%- set happened = contract.happened -%}
{%- set happened_type = (columns | selectattr('name', 'equalto', happened) | map(attribute='type') | first) if happened else none -%}
{%- set event = {'name': happened, 'type': happened_type} -%}
{%- set has_money = 'amount' in contract -%}
{%- set is_child = 'parent' in contract -%}
{%- set has_currency = 'currency' in names and has_money -%}
{%- set delivered = "coalesce(_loaded_at, updated_at)" if 'updated_at' in names else '_loaded_at' -%}
{%- set as_of_is_set = as_of_setting() is not none -%}
{%- set known_by_event = as_of_is_set and var('as_of_known_by') == 'event' -%}
{#- of a past day by its events, a row without a time of its own is as old as its delivery; a thing without times is known -#}
{%- set is_too_new = delivered ~ ' >= ' ~ local_midnight(as_of_setting()) if as_of_is_set -%}
{%- set is_too_new = happened ~ ' is null and ' ~ is_too_new if known_by_event and happened else is_too_new -%}
{%- set asks_delivery = as_of_is_set and (happened or not known_by_event) -%}
{%- set rules_of_row = row_rules(contract, columns, happened, has_currency) -%}
{#- rates are needed to find as_of, so they know only an as_of that is set by var -#}
{%- set knows_as_of = table not in ('orders', 'exchange_rates') -%}
{%- set inline = per_engine('not materialized', '') -%}
{#- what later steps read of a row -#}
{%- set kept = names + ['_loaded_at', 'unparseable_line', '_loaded_at__raw'] -%}
{%- for name in names -%}{%- do kept.append(name ~ '__raw') -%}{%- endfor -%}
{%- if has_money -%}{%- do kept.append('rate_to_base') -%}{%- endif -%}
{%- if is_child -%}{%- do kept.extend(['parent_is_accepted', 'parent_currency']) -%}{%- endif -%}
{%- if knows_as_of -%}{%- do kept.extend(['as_of', 'as_of_at']) -%}{%- endif -%}
{%- set judged_columns = kept + ['own_reasons', 'row_corrections', 'row_flags'] -%}
{{ sorted_rows(table) }},

{% if suppressions -%}
{{ erasure_list_ctes(suppressions) }},

{{ named_rows_cte(table) }},

{% endif -%}
{% if has_currency and table != 'exchange_rates' or is_child -%}
daily_rates as (

    select * from {{ ref('stg_external__daily_rates') }}

),

{% endif -%}
{% if is_child -%}
-- the order of a line, payment or return gives it its currency and decides whether it counts
parent_orders as (

    select
        order_id,
        max(case when row_status = 'accepted' then 1 else 0 end) as parent_is_accepted,
        max(currency) as parent_currency,
        max(rate_to_base) as parent_rate
    from {{ ref('base_commerce__orders') }}
    where row_status in ('accepted', 'after_as_of', 'erased') and order_id is not null
    group by order_id

),

{% endif -%}
{% if knows_as_of -%}
reference_date as (

    select
        as_of,
        as_of_at
    from {{ ref('stg_commerce__as_of') }}

),

{% endif -%}
{% if is_child -%}
{{ erased_references('order_id', 'named_rows', ref('base_commerce__orders')) }},

{% endif -%}
{% if happened -%}
-- the latest plausible time: 400 days after nearly all rows of this table
event_texts as {{ inline }} (

    select
        {{ happened }}__plain as read_plain,
        case when {{ happened }}__plain is null then {{ trim_blanks(happened ~ '__raw', folded=true) }} end as event__text
    from read_rows

),

event_plain as {{ inline }} (

    select
        *,
        {{ or_read_again(table, event, 'read_plain', 'event__text') }} as event__plain
    from event_texts

),

event_forms as {{ inline }} (

    select
        event__plain,
        {{ form_if_not_plain(table, event, 'event_') }} as event__form
    from event_plain

),

event_times as {{ inline }} (

    select cast({{ value_of_form(happened_type, 'event_') }} as timestamp) as event_at
    from event_forms

),

time_limit as (

    select
        percentile_cont(0.999) within group (order by cast({{ epoch_seconds('event_at') }} as double))
            + 400 * 86400e0 as max_seconds
    from event_times

),

{% endif -%}
{% if has_currency -%}
last_rates as (

    select
        currency as rate_currency,
        max(rate_date) as last_rate_date
    from daily_rates
    group by currency

),

{% endif -%}
{{ in_context_cte('plain_in_context', 'plain_rows', contract, has_currency, knows_as_of) }},

-- a plain row can break a rule about the whole row only: all are asked in one condition, then one by one
plain_suspected as {{ inline }} (

    select
        *,
        false {% for rule in rules_of_row if rule.of_plain is not defined %} or coalesce({{ rule.condition }}, false){% endfor %} as is_suspect
    from plain_in_context

),

plain_judged as {{ inline }} (

    select
        {{ kept | join(', ') }},
        case when is_suspect then nullif(concat_ws(
            '; ',
            cast(null as string)
            {%- for rule in rules_of_row if rule.rule and rule.of_plain != 'never' %},
            case when {{ rule.condition }} then '{{ rule.rule }}' end
            {%- endfor %}
        ), '') end as own_reasons,
        cast(null as string) as row_corrections,
        {{ flags_found(contract) }} as row_flags
    from plain_suspected
    {{ computed_once() }}

),

{{ in_context_cte('closely_in_context', 'closely_read', contract, has_currency, knows_as_of) }},

-- every rule that the row breaks, every field that was changed
closely_judged as {{ inline }} (

    select
        *,
        nullif(concat_ws(
            '; ',
            case when unparseable_line is not null then 'unparseable_record' end
            {%- for column in columns -%}
            {%- for reason in column_reasons(contract, column) %},
            case when unparseable_line is null and {{ reason.condition }} then '{{ reason.rule }}:{{ column.name }}' end
            {%- endfor -%}
            {%- endfor -%}
            {%- for rule in rules_of_row if rule.rule %},
            case when {{ rule.condition }} then '{{ rule.rule }}' end
            {%- endfor %}
        ), '') as own_reasons,
        nullif(concat_ws(
            '; '
            {%- for column in columns %},
            {{ column_correction(contract, column) }}
            {%- endfor %}
        ), '') as row_corrections,
        {{ flags_found(contract, read_closely=true) }} as row_flags
    from closely_in_context
    {{ computed_once() }}

),

-- read twice, so worked out once: of what was written only what is asked again
kept_rows as {{ per_engine('materialized', '') }} (

    select
        {%- for column in kept if not column.endswith('__raw') %}
        {{ column }},
        {%- endfor %}
        {%- for column in kept if column.endswith('__raw') %}
        case when is_contested or own_reasons is not null then {{ column }} end as {{ column }},
        {%- endfor %}
        own_reasons,
        row_corrections,
        row_flags,
        is_contested,
        case when is_contested then concat_ws('|'{% for name in names %}, coalesce({{ name }}__trimmed, ''){% endfor %}) end as row_text
    from closely_judged

),

contested as (

    select * from kept_rows where is_contested

),

{% if table == 'orders' -%}
keys_in_two_systems as (

    select order_id
    from contested
    where own_reasons is null
    group by order_id
    having count(distinct source_system) > 1

),

{% endif -%}
{% set competes -%}
own_reasons is null
{%- if table == 'orders' %} and order_id not in (select order_id from keys_in_two_systems){% endif -%}
{%- if asks_delivery %} and not coalesce({{ is_too_new }}, false){% endif -%}
{%- if happened and (knows_as_of or as_of_is_set) %} and coalesce(not ({{ is_after_as_of(happened, happened_type, knows_as_of) }}), true){% endif -%}
{%- endset -%}
ranked as (

    select
        {{ judged_columns | join(', ') }},
        {%- if table == 'orders' %}
        case when own_reasons is null and order_id in (select order_id from keys_in_two_systems)
            then 'key_in_two_systems:order_id' end as key_reason,
        {%- endif %}
        case when {{ competes }} then row_number() over (
            partition by {{ contract.key | join(', ') }}, {{ competes }}
            order by
                _loaded_at desc nulls last,
                {%- if 'updated_at' in names %}
                updated_at desc nulls last,
                {%- endif %}
                row_text desc,
                row_corrections asc nulls first
        ) end as delivery_rank
    from contested
    {%- for source in ['kept_rows', 'plain_judged'] %}

    union all

    select
        {{ judged_columns | join(', ') }},
        {%- if table == 'orders' %}
        cast(null as string) as key_reason,
        {%- endif %}
        1 as delivery_rank
    from {{ source }}
    {{ 'where not is_contested' if source == 'kept_rows' }}
    {%- endfor %}

),

{% if table == 'orders' and not as_of_is_set -%}
-- the day after the newest order that stands and is not cancelled
reference_date as (

    select {{ add_days(local_date('max(ordered_at)'), 1) }} as as_of
    from ranked
    where own_reasons is null and key_reason is null and delivery_rank = 1 and status != 'cancelled'

),

{% endif -%}
with_status as {{ inline }} (

    select
        *,
        {{ 'coalesce(own_reasons, key_reason)' if table == 'orders' else 'own_reasons' }} as row_reasons,
        case
            {%- if asks_delivery %}
            when {{ is_too_new }} then 'after_as_of'
            {%- endif %}
            when own_reasons is not null {{ 'or key_reason is not null' if table == 'orders' }} then 'quarantined'
            {%- if happened and (knows_as_of or as_of_is_set or table == 'orders') %}
            when {{ is_after_as_of(happened, happened_type, knows_as_of or not as_of_is_set) }} then 'after_as_of'
            {%- endif %}
            {%- if is_child %}
            when parent_is_accepted = 0 then 'after_as_of'
            {%- endif %}
            when delivery_rank > 1 then 'duplicate'
            else 'accepted'
        end as row_status
    from ranked
    {%- if table == 'orders' and not as_of_is_set %}
    cross join (select as_of, {{ local_midnight('as_of') }} as as_of_at from reference_date) as derived_date
    {%- endif %}

),

judged_rows as {{ inline }} (

    select
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        {%- if is_child and 'currency' not in names %}
        parent_currency as currency,
        {%- elif has_money and 'currency' not in names %}
        {{ text_literal(var('base_currency')) }} as currency,
        {%- endif %}
        {%- if has_money %}
        rate_to_base,
        {%- endif %}
        _loaded_at,
        row_status,
        row_reasons,
        case when row_status = 'accepted' then row_corrections end as row_corrections,
        case when row_status = 'accepted' then row_flags end as row_flags,
        case when row_status = 'quarantined' then {{ masked_raw_record(contract) }} end as raw_record
    from with_status

)
{%- endmacro %}


{#- True where the row's time lies at or after the build's reference date. -#}
{% macro is_after_as_of(happened, type, from_relation) -%}
    {%- set as_of = 'as_of' if from_relation else as_of_setting() -%}
    {%- if type == 'date' -%}{{ happened }} >= {{ as_of }}
    {%- elif from_relation -%}{{ happened }} >= as_of_at
    {%- else -%}{{ happened }} >= {{ local_midnight(as_of) }}
    {%- endif -%}
{%- endmacro %}


{#- True for columns whose full-width characters are folded: all but prose. -#}
{% macro is_folded(column) %}
    {{ return(column.type != 'text' or is_id_column(column.name)) }}
{% endmacro %}


{#- True for columns that more than one form is read of. -#}
{% macro has_forms(column) %}
    {{ return(column.type in ('timestamp', 'date', 'money', 'signed', 'number', 'int', 'double')) }}
{% endmacro %}


{#- The typed value of a text that is written plainly; null for other forms, and for all texts of a declared format. -#}
{% macro plain_value(table, column, raw_value, text) -%}
    {%- if column_formats(table, column.name, column.type) -%}{{ parse_typed_or_text(column.type, raw_value, 'cast(null as string)') }}
    {%- else -%}{{ parse_typed_or_text(column.type, raw_value, text) }}
    {%- endif -%}
{%- endmacro %}


{#- The plain form of a text that is not written plainly, null elsewhere. `stem` begins the names stem_text, stem_plain, stem_form. -#}
{% macro form_if_not_plain(table, column, stem) -%}
    case
        when {{ stem }}_plain is null and {{ stem }}_text is not null
            then {{ normal_form(column.type, stem ~ '_text', column_formats(table, column.name, column.type)) }}
    end
{%- endmacro %}


{#- The typed value from its plain value and its form. -#}
{% macro value_of_form(type, stem) -%}
    coalesce({{ stem }}_plain, case when {{ stem }}_form is not null then {{ parse_as(type, stem ~ '_form') }} end)
{%- endmacro %}


{#- Money of a raw column in one expression, for those who look at the raw tables again. -#}
{% macro amount_of_raw(table, column) -%}
    {%- set text = trim_blanks(column, folded=true) -%}
    {%- set formats = column_formats(table, column, 'money') -%}
    {%- set other = parse_number(normal_form('money', text, formats)) -%}
    {{ 'coalesce(' ~ parse_number(text) ~ ', ' ~ other ~ ')' if not formats else other }}
{%- endmacro %}


{#- True where a damaged key sends the row to quarantine: it would stand for another record. Elsewhere it is emptied. -#}
{% macro rejects_damage(contract, column) %}
    {{ return(column.name in contract.key or column.required) }}
{% endmacro %}


{#-
  A contract column's typed value. No e-mail address or phone number goes on in a column that is not
  made for it, see text_role; a damaged key that identifies nothing is emptied.
-#}
{% macro parse_key_or_value(contract, column) -%}
    {%- set text = column.name ~ '__text' -%}
    {%- set role = text_role(contract, column.name) if column.type in ('text', 'code') -%}
    {%- set safe = text -%}
    {%- if role == 'key' -%}{%- set safe = hashed_if_personal(text) -%}
    {%- elif role == 'word' -%}{%- set safe = hashed_if_holds_personal(text) -%}
    {%- elif role == 'attribute' -%}{%- set safe = masked_if_personal(text) -%}
    {%- elif role == 'path' -%}{%- set safe = path_without_personal(text) -%}
    {%- endif -%}
    {%- if has_forms(column) -%}{{ value_of_form(column.type, column.name ~ '_') }}
    {%- elif column.type == 'code' -%}{{ parse_code(safe) }}
    {%- elif column.type != 'text' -%}{{ parse_typed_or_text(column.type, column.name ~ '__raw', text) }}
    {%- elif is_id_column(column.name) and not rejects_damage(contract, column) -%}
        case when not {{ is_damaged_key(text) }} then {{ safe }} end
    {%- else -%}{{ safe }}
    {%- endif -%}
{%- endmacro %}


{#-
  The largest plausible size of a number by type: what lies beyond is a phone number or a key in the
  wrong column, and would overflow sums. The limit of money holds in base currency too.
-#}
{% macro plausible_limits() %}
    {{ return({'money': '50000000000', 'signed': '50000000000', 'number': '1000000000', 'int': '1000000000000'}) }}
{% endmacro %}


{#- Rules of one column: list of {rule, condition}. -#}
{% macro column_reasons(contract, column) %}
    {%- set value = column.name -%}
    {%- set text = column.name ~ '__text' -%}
    {%- set kinds = {
        'timestamp': 'not_a_timestamp', 'date': 'not_a_date', 'money': 'not_a_number', 'signed': 'not_a_number',
        'number': 'not_a_number', 'double': 'not_a_number', 'int': 'not_an_integer', 'boolean': 'not_a_boolean',
        'currency': 'not_a_currency',
    } -%}
    {%- set reasons = [] -%}
    {%- if column.required -%}
        {#- a plain row has no text of a typed value -#}
        {%- do reasons.append({'rule': 'missing', 'condition': text ~ ' is null' ~ (' and ' ~ value ~ ' is null' if is_read_plain(column))}) -%}
    {%- endif -%}
    {%- if column.type == 'text' and is_id_column(column.name) and rejects_damage(contract, column) -%}
        {%- do reasons.append({'rule': 'damaged_key', 'condition': is_damaged_key(text)}) -%}
    {%- endif -%}
    {%- if column.type in kinds -%}
        {%- do reasons.append({'rule': kinds[column.type], 'condition': text ~ ' is not null and ' ~ value ~ ' is null'}) -%}
    {%- endif -%}
    {%- if column['values'] -%}
        {%- do reasons.append({'rule': 'unknown_value', 'condition': 'not ' ~ is_one_of(value, column['values'])}) -%}
    {%- endif -%}
    {%- if column.type in ('money', 'number', 'int') -%}
        {%- do reasons.append({'rule': 'negative', 'condition': value ~ ' < 0'}) -%}
    {%- endif -%}
    {%- if column.lo -%}
        {%- do reasons.append({'rule': 'out_of_range', 'condition': value ~ ' < ' ~ column.lo}) -%}
    {%- endif -%}
    {%- if column.type in plausible_limits() -%}
        {%- do reasons.append({'rule': 'out_of_range', 'condition': 'abs(' ~ value ~ ') > ' ~ plausible_limits()[column.type]}) -%}
    {%- endif -%}
    {%- if column.hi -%}
        {%- do reasons.append({'rule': 'out_of_range', 'condition': value ~ ' > ' ~ column.hi}) -%}
    {%- endif -%}
    {{ return(reasons) }}
{% endmacro %}


{#- `rule:column` where reading changed the field, else null. -#}
{% macro column_correction(contract, column) -%}
    {%- set name = column.name -%}
    {%- set role = text_role(contract, name) if column.type in ('text', 'code') -%}
    {%- set rules = {'text': 'trimmed', 'code': 'standardised', 'enum': 'standardised', 'email': 'standardised', 'phone': 'to_e164'} -%}
    {%- set id_rule = "case when " ~ is_ascii(raw_text(name ~ '__raw')) ~ " then 'trimmed:" ~ name ~ "' else 'standardised:" ~ name ~ "' end" -%}
    case
        when {{ name }}__text is null and {{ name }}__trimmed != '' then 'null_word:{{ name }}'
        {%- if column.type in ('email', 'phone') or is_id_column(name) and not rejects_damage(contract, column) %}
        when {{ name }} is null and {{ name }}__text is not null then 'invalid_removed:{{ name }}'
        {%- endif %}
        {%- if role in ('key', 'word') %}
        when length({{ name }}) = 64 and {{ name }} != {{ parse_as(column.type, name ~ '__text') }} then 'hashed:{{ name }}'
        {%- elif role == 'attribute' %}
        when {{ name }} = '(personal)' then 'masked:{{ name }}'
        {%- elif role == 'path' %}
        when {{ name }} != {{ name }}__text then 'masked:{{ name }}'
        {%- endif %}
        {%- if column.type in rules %}
        when {{ name ~ '__text' if column.type == 'text' else name }} != {{ raw_text(name ~ '__raw') }}
            then {{ id_rule if column.type == 'text' and is_folded(column) else "'" ~ rules[column.type] ~ ":" ~ name ~ "'" }}
        {%- endif %}
    end
{%- endmacro %}


{#- Accepted rows of a base model, without the columns that only judge them. -#}
{% macro accepted_rows(base_model, table) %}
{%- set contract = raw_table_contract(table) -%}
{%- set names = contract.columns | map(attribute='name') | list -%}
select
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    {%- for name in names if name.endswith('account_id') %}
    {{ name | replace('account_id', 'account_scope') }},
    {%- endfor %}
    {%- if table == 'orders' %}
    guest_key,
    is_erased,
    {%- endif %}
    {%- if 'amount' in contract %}
    {%- if 'currency' not in names %}
    currency,
    {%- endif %}
    rate_to_base,
    {%- endif %}
    row_flags,
    _loaded_at
from {{ base_model }}
where row_status = 'accepted'
{% endmacro %}
