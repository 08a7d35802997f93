{#-
  What rows of a contract table are judged by: reasons that reject a row, fields that were changed while reading,
  findings that do not reject. Seed quality_rules explains each rule.
-#}


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


{#- True where a damaged key sends the row to quarantine: it would stand for another record. Elsewhere it is emptied. -#}
{% macro rejects_damage(contract, column) %}
    {{ return(column.name in contract.key or column.required) }}
{% endmacro %}


{#-
  The largest plausible size of a number by type: what lies beyond is a phone number or a key in the
  wrong column, and would overflow sums. The limit of money holds in base currency too.
-#}
{% macro plausible_limits() %}
    {{ return({'money': '50000000000', 'signed': '50000000000', 'number': '1000000000', 'int': '1000000000000'}) }}
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
