{#-
  Which raw rows are written plainly: every value is what its column is made for, so the row is read as it
  stands and there is nothing to trim, correct, mask or report. Only other rows are looked at closely.

  Each macro gives a condition on `<column>__raw` (and on `<column>__plain`, its typed value) that is true
  where a closer look is needed, and false or null where the value is plain. It may be true too often, never
  too rarely. Functions of one column and constants come first: DuckDB works them out once a dictionary entry.
-#}


{#- True where a value of the column has to be looked at closely. -#}
{% macro needs_closer_look(contract, column) -%}
    {%- set text = raw_text(column.name ~ '__raw') -%}
    {%- set plain = column.name ~ '__plain' -%}
    {%- set role = text_role(contract, column.name) if column.type in ('text', 'code') -%}
    {%- set doubts = [] -%}
    {%- if column.required -%}
        {%- do doubts.append((plain if is_read_plain(column) else column.name ~ '__raw') ~ ' is null') -%}
    {%- elif is_read_plain(column) -%}
        {%- do doubts.append('(' ~ plain ~ ' is null and ' ~ column.name ~ '__raw is not null)') -%}
    {%- endif -%}
    {%- if is_read_plain(column) -%}
        {%- set limit = plausible_limits().get(column.type) -%}
        {%- if column.type in ('money', 'number', 'int') -%}{%- do doubts.append(plain ~ ' < 0') -%}{%- endif -%}
        {%- if column.type == 'signed' -%}{%- do doubts.append(plain ~ ' < -' ~ limit) -%}{%- endif -%}
        {%- if limit -%}{%- do doubts.append(plain ~ ' > ' ~ limit) -%}{%- endif -%}
        {%- if column.lo -%}{%- do doubts.append(plain ~ ' < ' ~ column.lo) -%}{%- endif -%}
        {%- if column.hi -%}{%- do doubts.append(plain ~ ' > ' ~ column.hi) -%}{%- endif -%}
    {%- elif column.type == 'enum' -%}
        {%- do doubts.append('not ' ~ is_one_of(text, column['values'])) -%}
    {%- elif column.type == 'currency' -%}
        {%- do doubts.append(has_other_than(text, 'A-Z')) -%}
        {%- do doubts.append('length(' ~ text ~ ') != 3') -%}
        {%- do doubts.append(text ~ " in ('NAN', 'NIL')") -%}
    {%- elif column.type == 'email' -%}
        {%- do doubts.append(has_other_than(text, '!-@_a-~')) -%}
        {%- do doubts.append('not ' ~ matches_regex(text, '^[^@ ,;]+@[^@ ,;]+[.][^@ .,;]+$')) -%}
    {%- elif column.type == 'phone' -%}
        {%- do doubts.append('not ' ~ matches_regex(text, '^[+][0-9]{7,16}$')) -%}
    {%- elif column.type == 'code' -%}
        {%- do doubts.append(code_needs_look(text)) -%}
    {%- elif is_id_column(column.name) -%}
        {%- do doubts.append(id_needs_look(text, role)) -%}
    {%- else -%}
        {%- do doubts.append(prose_needs_look(text, may_be_personal=role not in ('personal', 'free_text'))) -%}
    {%- endif -%}
    {{ doubts | join(' or ') }}
{%- endmacro %}


{#- True for columns whose plain values are typed before the row is judged, as `<column>__plain`. -#}
{% macro is_read_plain(column) %}
    {{ return(has_forms(column) or column.type == 'boolean') }}
{% endmacro %}


{#- The value of a column in a row that is written plainly. -#}
{% macro value_of_plain(column) -%}
    {%- set text = raw_text(column.name ~ '__raw') -%}
    {%- if is_read_plain(column) -%}{{ column.name }}__plain
    {%- elif column.type == 'currency' -%}coalesce({{ text }}, {{ text_literal(var('base_currency')) }})
    {%- else -%}{{ text }}
    {%- endif -%}
{%- endmacro %}


{#- A word of an open list: lower case, no blanks; one with digits in it must not be a phone number. -#}
{% macro code_needs_look(text) -%}
    case
        when {{ has_other_than(text, '_a-z') }}
            then {{ has_other_than(text, '_a-z0-9') }} or {{ has_run_of(text, '0-9', 7) }}
        when length({{ text }}) < 5 then {{ text }} in ('', 'null', 'nan') or {{ text }} in ('none', 'nil')
    end
{%- endmacro %}


{#-
  A key: ASCII without blanks, no e-mail address or phone number, not damaged by a spreadsheet. What
  begins with a letter can be neither of the last two. Words for nothing have no digits.
-#}
{% macro id_needs_look(text, role) -%}
    {{ has_other_than(text, '!-~' if role == 'personal' else '!-$&-?A-~') }}
    {%- if role not in ('personal', 'key') %} or {{ has_run_of(text, '0-9()./+-', 7) }}{% endif %}
    or case when not {{ has_other_than(text, 'A-Za-z()/#') }} then {{ is_null_word(text) }} end
    or case
        when {{ text }} < ':' then case
            when {{ has_other_than(text, '0-9') }}
                then {{ is_damaged_key(text) }}{% if role == 'key' %} or {{ looks_personal(text) }}{% endif %}
            {%- if role == 'key' %}
            when length({{ text }}) >= 7 then {{ matches_regex(text, '^' ~ phone_number_regex() ~ '$') }}
            {%- endif %}
        end
    end
{%- endmacro %}


{#- A text of words: no blanks around it, no word for nothing, no e-mail address or phone number. -#}
{% macro prose_needs_look(text, may_be_personal) -%}
    case
        when {{ has_other_than(text, ' -$&-?A-~' if may_be_personal else ' -~') }}
            then {{ trim_blanks(text) }} != {{ text }} or {{ is_mojibake(text) }}{% if may_be_personal %} or {{ may_hold_personal(text) }}{% endif %}
        when length({{ text }}) < 7 then {{ is_null_word(text) }}
        {%- if may_be_personal %}
        when {{ has_run_of(text, '0-9 ()./+-', 7) }} then true
        {%- endif %}
    end
    or {{ text }} like ' %' or {{ text }} like '% '
{%- endmacro %}


{#- True for an empty text and for the words that mean nothing. -#}
{% macro is_null_word(text) -%}
    {{ is_one_of('lower(' ~ text ~ ')', [''] + null_words()) }}
{%- endmacro %}
