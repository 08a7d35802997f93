{#-
  Columns of which most values could not be read, with the declaration in var raw_formats that
  would mend it. The values are those of quarantined rows: masked ones show their shape (letters x,
  digits 9), which is enough to know a format by.
-#}


{#- The SQL of these columns, one row each; `tables` as contract_tables gives them, with a relation where there is no ref. -#}
{% macro unread_columns(tables) %}
{%- set at_least = 20 -%}
{%- set looked_at = 1000 -%}
{%- set candidates = format_candidates() -%}
with

{% for table in tables -%}
{{ table.name }}_counts as (

    select
        {%- for name, type in readable_columns(table).items() %}
        count({{ name }}) as {{ name }}__read,
        count(case when row_reasons like '%not_a%:{{ name }}%' and {{ name }} is null then 1 end) as {{ name }}__unread{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ table.relation or ref(table.base) }}

),

{% endfor -%}
counts as (

    {%- for table in tables -%}
    {%- set first_table = loop.first -%}
    {%- for name, type in readable_columns(table).items() %}
    {{ 'union all' if not (first_table and loop.first) }}
    select
        '{{ table.name }}' as source_table,
        '{{ name }}' as column_name,
        '{{ 'time' if type in ('timestamp', 'date') else 'number' }}' as value_kind,
        {{ name }}__read as read_count,
        {{ name }}__unread as unread_count
    from {{ table.name }}_counts
    {%- endfor -%}
    {%- endfor %}

),

suspects as (

    select *
    from counts
    where unread_count >= {{ at_least }} and unread_count > read_count

),

quarantined as (

    {%- for table in tables %}

    select
        '{{ table.name }}' as source_table,
        row_reasons,
        raw_record
    from {{ table.relation or ref(table.base) }}
    where row_status = 'quarantined' and row_reasons like '%not_a%'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- some values of each, always the same ones
values_seen as (

    select
        suspects.source_table,
        suspects.column_name,
        suspects.value_kind,
        {{ json_field('quarantined.raw_record', 'suspects.column_name') }} as value_seen
    from suspects
    inner join quarantined
        on suspects.source_table = quarantined.source_table
            and position(concat(':', suspects.column_name, ';') in concat(quarantined.row_reasons, ';')) > 0
    qualify row_number() over (
        partition by suspects.source_table, suspects.column_name order by quarantined.raw_record
    ) <= {{ looked_at }}

),

fits as (

    select
        source_table,
        column_name,
        value_kind,
        count(*) as seen_count,
        {%- for candidate in candidates %}
        count(case when {{ matches_regex('value_seen', candidate.regex) }} then 1 end) as fit_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from values_seen
    group by source_table, column_name, value_kind

),

listed as (

    {%- for candidate in candidates %}
    select
        {{ loop.index }} as candidate_number,
        '{{ candidate.kind }}' as value_kind,
        '{{ candidate.group }}' as candidate_group,
        {{ text_literal(candidate.declaration) }} as declaration
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

candidates as (

    select
        fits.source_table,
        fits.column_name,
        fits.seen_count,
        listed.candidate_group,
        listed.declaration,
        listed.candidate_number,
        case listed.candidate_number
            {%- for candidate in candidates %}
            when {{ loop.index }} then fits.fit_{{ loop.index }}
            {%- endfor %}
        end as fit_count
    from fits
    inner join listed on fits.value_kind = listed.value_kind

),

-- of declarations that read the same in another way the first one is enough
chosen as (

    select *
    from candidates
    where fit_count * 2 > seen_count
    qualify
        row_number() over (
            partition by source_table, column_name, candidate_group order by fit_count desc, candidate_number
        ) = 1
        and fit_count = max(fit_count) over (partition by source_table, column_name)

),

suggestions as (

    select
        source_table,
        column_name,
        max({{ safe_divide('fit_count', 'seen_count') }}) as mended_share,
        {{ ordered_string_agg("concat(source_table, ': {', column_name, ': {', declaration, '}}')", ' or ', 'candidate_number') }} as suggestion
    from chosen
    group by source_table, column_name

)

select
    suspects.source_table,
    suspects.column_name,
    suspects.unread_count,
    suspects.read_count,
    suggestions.mended_share,
    suggestions.suggestion
from suspects
left join suggestions
    on suspects.source_table = suggestions.source_table and suspects.column_name = suggestions.column_name
{% endmacro %}


{#- Columns of a table whose text has a format: {name: type}. -#}
{% macro readable_columns(table) %}
    {%- set found = {} -%}
    {%- for name, words in table.columns.items() if has_forms({'type': words.split(' ')[0]}) -%}
        {%- do found.update({name: words.split(' ')[0]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Declarations worth trying: {kind, group, declaration, regex}. Declarations of one group differ in detail only. -#}
{% macro format_candidates() %}
    {%- set candidates = [] -%}
    {%- for day in ['%d/%m/%Y', '%m/%d/%Y', '%d.%m.%Y', '%d-%m-%Y', '%m-%d-%Y', '%d/%m/%y', '%m/%d/%y', '%d.%m.%y'] -%}
        {%- for clock in ['', ' %H:%M', ' %H:%M:%S'] -%}
            {%- do candidates.append({
                'kind': 'time', 'group': day ~ clock, 'declaration': 'date_format: "' ~ day ~ clock ~ '"', 'regex': date_format_regex(day ~ clock).regex
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for format, shape in {'%d %b %Y': '^9{1,2} xxx 9999$', '%d-%b-%Y': '^9{1,2}-xxx-9999$', '%b %d %Y': '^xxx 9{1,2} 9999$'}.items() -%}
        {%- do candidates.append({'kind': 'time', 'group': format, 'declaration': 'date_format: "' ~ format ~ '"', 'regex': shape}) -%}
    {%- endfor -%}
    {%- for unit, digits in {'s': 10, 'ms': 13, 'us': 16}.items() -%}
        {%- do candidates.append({'kind': 'time', 'group': unit, 'declaration': 'epoch_unit: ' ~ unit, 'regex': '^9{' ~ digits ~ '}([.]9+)?$'}) -%}
    {%- endfor -%}
    {%- for decimal, thousands in [(',', '.'), (',', ' '), ('.', ','), ('.', ' '), ('.', "'")] -%}
        {%- do candidates.append({
            'kind': 'number', 'group': 'decimal ' ~ decimal,
            'declaration': 'decimal_mark: "' ~ decimal ~ '", thousands_mark: "' ~ thousands ~ '"',
            'regex': '^[+-]?' ~ declared_number_regex({'decimal_mark': decimal, 'thousands_mark': thousands}) ~ '$',
        }) -%}
    {%- endfor -%}
    {{ return(candidates) }}
{% endmacro %}


{#- After a run: a warning for each such column of the base tables that it made, whether or not the rest succeeded. -#}
{% macro warn_of_unread_columns(results) %}
    {%- if not execute or var('raw_data') == 'sample' -%}{{ return('') }}{%- endif -%}
    {%- set made = {} -%}
    {%- for result in results if result.status == 'success' -%}{%- do made.update({result.node.name: result.node.relation_name}) -%}{%- endfor -%}
    {%- set tables = [] -%}
    {%- for table in contract_tables() if table.base in made -%}{%- do tables.append(dict(table, relation=made[table.base])) -%}{%- endfor -%}
    {%- if tables -%}
        {#- where this run made the mart of them, it has looked already -#}
        {%- set unread = 'select * from ' ~ made.format_suggestions if 'format_suggestions' in made else unread_columns(tables) -%}
        {%- set query = 'select source_table, column_name, unread_count, read_count, suggestion from (' ~ unread ~ ') as unread order by 1, 2' -%}
        {%- for row in run_query(query).rows if row[0] in tables | map(attribute='name') -%}
            {%- do exceptions.warn(
                'raw data: table ' ~ row[0] ~ ': ' ~ row[2] ~ ' of ' ~ (row[2] + row[3]) ~ ' values of ' ~ row[1] ~ ' cannot be read. '
                ~ ('Declare their format: raw_formats: {' ~ row[4] ~ '}' if row[4] else 'No common format fits; see quarantined_records.')
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}
