{#-
  Before anything builds: find the raw tables that var `raw_data` points at, check them against
  the contract, and lay one view `raw.<table>` per contract table over them, with every contract
  column. Missing optional columns are null; absent tables are empty and typed as text.

  var raw_data
    sample                         nothing to do, the seeds are the raw tables
    some/dir/{table}.parquet       one or many files a table (.parquet, .csv, .csv.gz; `*` allowed)
    my_schema                      tables already in the database

  All errors of the input are reported at once: what, where, and how to mend it.
-#}
{% macro prepare_raw_data() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set misdeclared = raw_format_errors() -%}
    {%- if misdeclared -%}
        {%- do exceptions.raise_compiler_error('The formats of the raw data cannot be used (docs/raw-data.md):\n  - ' ~ misdeclared | join('\n  - ')) -%}
    {%- endif -%}
    {%- if var('raw_data') == 'sample' -%}{{ return('') }}{%- endif -%}
    {%- set contract = raw_contract() -%}
    {%- set found = adapter.dispatch('find_raw_tables')(var('raw_data')) -%}
    {%- set errors = [] -%}
    {%- set warnings = [] -%}

    {%- if not found -%}
        {%- do errors.append(
            "nothing found at '" ~ var('raw_data') ~ "'. Expected a path pattern with {table}"
            ~ " (for example data/mine/{table}.parquet), a schema name, or sample."
        ) -%}
    {%- elif 'orders' not in found -%}
        {%- do errors.append(
            "table orders is missing: it is the one table that a build needs. Looked for '"
            ~ var('raw_data') | replace('{table}', 'orders') ~ "'; found " ~ found | sort | join(', ') ~ "."
        ) -%}
    {%- endif -%}

    {%- for table in found | sort -%}
        {%- if table not in contract -%}
            {%- set hint = nearest_name(table, contract | list) -%}
            {%- do errors.append(
                'unknown table ' ~ table ~ '.' ~ (' Did you mean ' ~ hint ~ '?' if hint else ' Known tables: ' ~ contract | join(', ') ~ '.')
                ~ ' Rename it, or start its name with an underscore to leave it out.'
            ) -%}
        {%- elif found[table].error -%}
            {%- do errors.append('table ' ~ table ~ ': ' ~ found[table].error) -%}
        {%- else -%}
            {%- do check_raw_columns(table, contract[table], found[table].columns, errors, warnings) -%}
            {%- do warnings.extend(found[table].notes) -%}
        {%- endif -%}
    {%- endfor -%}

    {%- if not errors and raw_table_is_empty(found['orders'].relation) -%}
        {%- do errors.append(
            'table orders has no rows: nothing can be built, and no reference date derived, without orders.'
        ) -%}
    {%- endif -%}
    {%- if errors -%}
        {%- do remove_raw_copies() -%}
        {%- do exceptions.raise_compiler_error(
            'The raw data do not keep the contract (docs/raw-data.md):\n  - ' ~ errors | join('\n  - ')
        ) -%}
    {%- endif -%}
    {%- for warning in warnings -%}{%- do exceptions.warn('raw data: ' ~ warning) -%}{%- endfor -%}

    {%- do run_query('create schema if not exists ' ~ raw_schema()) -%}
    {%- for table in contract -%}
        {%- do run_query(raw_view_sql(table, contract[table], found.get(table))) -%}
    {%- endfor -%}
    {{ return('') }}
{% endmacro %}


{#- Mended copies of damaged files hold people's plain data: none is left when a run is over. -#}
{% macro remove_raw_copies() %}
    {%- if execute and target.type == 'duckdb' and '{table}' in var('raw_data') -%}
        {%- do run_query('select remove_raw_copies()') -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{#- Schema of the raw views. -#}
{% macro raw_schema() -%}
    {%- if target.type == 'duckdb' -%}{{ return(adapter.quote(target.database) ~ '.raw') }}{%- else -%}{{ return('raw') }}{%- endif -%}
{%- endmacro %}


{#- Required columns that are absent (errors) and columns that the contract does not know (warnings). -#}
{% macro check_raw_columns(table, contract, columns, errors, warnings) %}
    {#- _unparseable is written by the reader of damaged CSV files only (scripts/raw_files.py) -#}
    {%- set known = contract.columns | list + ['_loaded_at', '_unparseable'] -%}
    {%- set unknown = columns | reject('in', known) | list -%}
    {%- for name, words in contract.columns.items() if 'required' in words.split(' ') and name not in columns -%}
        {%- set hint = nearest_name(name, unknown) -%}
        {%- do errors.append(
            'table ' ~ table ~ ': required column ' ~ name ~ ' (' ~ words | replace(' required', '') ~ ') is missing.'
            ~ (" Is it your column " ~ hint ~ "? Rename it." if hint else '')
            ~ ' Found: ' ~ columns | join(', ') ~ '.'
        ) -%}
    {%- endfor -%}
    {%- if unknown -%}
        {%- set hints = [] -%}
        {%- for name in unknown[:20] -%}
            {%- set hint = nearest_name(name, known | reject('in', columns) | list) -%}
            {%- do hints.append(name ~ (' (did you mean ' ~ hint ~ '?)' if hint else '')) -%}
        {%- endfor -%}
        {%- do warnings.append('table ' ~ table ~ ': columns outside the contract are ignored: ' ~ hints | join(', ')
            ~ (' and ' ~ (unknown | length - 20) ~ ' more' if unknown | length > 20 else '')) -%}
    {%- endif -%}
{% endmacro %}


{#- The candidate that shares the most letter pairs with a name (Dice coefficient at least 0.35), or ''. -#}
{% macro nearest_name(name, candidates) %}
    {%- set best = namespace(name='', score=0.35) -%}
    {%- set pairs = [] -%}
    {%- for place in range(name | length - 1) -%}{%- do pairs.append(name[place:place + 2]) -%}{%- endfor -%}
    {%- for candidate in candidates -%}
        {%- set shared = namespace(count=0) -%}
        {%- set left = pairs | list -%}
        {%- for place in range(candidate | length - 1) -%}
            {%- if candidate[place:place + 2] in left -%}
                {%- do left.remove(candidate[place:place + 2]) -%}
                {%- set shared.count = shared.count + 1 -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set score = 2 * shared.count / ([pairs | length + candidate | length - 1, 1] | max) -%}
        {%- if score > best.score -%}
            {%- set best.name = candidate -%}
            {%- set best.score = score -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(best.name) }}
{% endmacro %}


{% macro raw_table_is_empty(relation) %}
    {{ return(run_query('select 1 as one from ' ~ relation ~ ' limit 1').rows | length == 0) }}
{% endmacro %}


{#- One raw view: every contract column, and the line of a record that could not be split. -#}
{% macro raw_view_sql(table, contract, found) %}
    {%- set names = contract.columns | list + ['_loaded_at', '_unparseable'] -%}
    create or replace view {{ raw_schema() }}.{{ table }} as
    select
    {%- for name in names %}
        {{ raw_column_as_declared(table, name, found) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{ 'from ' ~ found.relation if found else 'where false' }}
{% endmacro %}

{#- A column of the user's table; one of doubles is written with the decimal mark that is declared for its text. -#}
{% macro raw_column_as_declared(table, name, found) -%}
    {%- set column = adapter.dispatch('raw_column')(name, found) -%}
    {%- set type = (raw_contract(table).columns[name] or '').split(' ')[0] -%}
    {%- if found and name in found.columns and found.types[found.columns.index(name)] | lower in ('double', 'float')
        and column_formats(table, name, type).decimal_mark == ',' -%}
        replace({{ column }}, '.', ',')
    {%- else -%}{{ column }}
    {%- endif -%}
{%- endmacro %}

{#-
  A column of the user's table under its contract name. Whole doubles lose their fraction, so that
  a key 1001, stored as 1001.0 because a neighbour was null, is the same key everywhere; larger ones
  than the type can tell apart keep an exponent, by which a damaged key is known.
-#}
{% macro default__raw_column(name, found) -%}
    {%- if not found or name not in found.columns -%}cast(null as string)
    {%- else -%}
        {%- set place = found.columns.index(name) -%}
        {%- set quoted = adapter.quote(found.names[place]) -%}
        {%- if found.types[place] in ('DOUBLE', 'FLOAT') -%}
            {%- set exact = '16777216' if found.types[place] == 'FLOAT' else '9007199254740992' %}
            case
                when abs({{ quoted }}) < {{ exact }} and {{ quoted }} = trunc({{ quoted }}) then cast(try_cast({{ quoted }} as bigint) as string)
                when isfinite({{ quoted }}) and abs({{ quoted }}) >= {{ exact }} and cast({{ quoted }} as string) not like '%e%' then concat(cast({{ quoted }} as string), 'e+0')
                else cast({{ quoted }} as string)
            end
        {%- else -%}{{ quoted }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Spark shows an instant without its zone: name it, so that it is not read as local time. -#}
{% macro spark__raw_column(name, found) -%}
    {%- if not found or name not in found.columns -%}cast(null as string)
    {%- else -%}
        {%- set place = found.columns.index(name) -%}
        {%- set quoted = adapter.quote(found.names[place]) -%}
        {%- if found.types[place] == 'timestamp' -%}concat(cast({{ quoted }} as string), 'Z')
        {%- elif found.types[place] in ('double', 'float') -%}
            {%- set exact = '16777216' if found.types[place] == 'float' else '9007199254740992' %}
            case
                when abs({{ quoted }}) < {{ exact }} and {{ quoted }} = floor({{ quoted }}) then cast(cast({{ quoted }} as bigint) as string)
                else cast({{ quoted }} as string)
            end
        {%- else -%}{{ quoted }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- A column's name as the contract writes it: lower case, no blanks; see scripts/raw_files.py. -#}
{% macro normal_column_name(name, place) %}
    {%- set normal = name | trim | lower -%}
    {{ return('column_' ~ place if normal in ('', '_unparseable') else normal) }}
{% endmacro %}


{#- {table: {relation, columns, names, types, notes} or {error}} of everything that stands where raw_data points. -#}
{% macro duckdb__find_raw_tables(raw_data) %}
    {%- set found = {} -%}
    {%- if '{table}' in raw_data -%}
        {%- set request = text_literal(tojson({'pattern': raw_data, 'formats': file_formats()})) -%}
        {%- set answer = fromjson(run_query('select find_raw_files(' ~ request ~ ')').columns[0].values()[0]) -%}
        {%- if answer.error -%}{%- do exceptions.raise_compiler_error('var raw_data: ' ~ answer.error) -%}{%- endif -%}
        {%- do found.update(answer.tables) -%}
    {%- else -%}
        {%- do refuse_raw_schema(raw_data) -%}
        {%- set name = raw_data.split('.')[-1] -%}
        {%- set described = run_query(
            "select table_catalog, table_name, column_name, data_type from information_schema.columns where table_schema = "
            ~ text_literal(name) ~ (" and table_catalog = " ~ text_literal(raw_data.split('.')[0]) if '.' in raw_data else '')
            ~ " order by table_name, ordinal_position"
        ) -%}
        {%- for row in described.rows if not row[1].startswith('_') -%}
            {%- set entry = found.setdefault(row[1] | lower, {
                'relation': adapter.quote(row[0]) ~ '.' ~ adapter.quote(name) ~ '.' ~ adapter.quote(row[1]), 'columns': [], 'names': [], 'types': [], 'notes': [],
            }) -%}
            {%- do entry.columns.append(normal_column_name(row[2], entry.columns | length + 1)) -%}
            {%- do entry.names.append(row[2]) -%}
            {%- do entry.types.append(row[3]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{% macro spark__find_raw_tables(raw_data) %}
    {%- set found = {} -%}
    {%- if '{table}' in raw_data -%}
        {%- if '.parquet' not in raw_data -%}
            {%- do exceptions.raise_compiler_error('var raw_data: on Spark a path pattern must name .parquet files, not ' ~ raw_data) -%}
        {%- endif -%}
        {%- set listed = run_query('select path from binaryFile.`' ~ raw_data | replace('{table}', '*') ~ '`') -%}
        {%- set paths = [] -%}
        {%- for path in listed.columns[0].values() -%}{%- do paths.append(modules.re.sub('^file:/*', '/', path)) -%}{%- endfor -%}
        {%- for table, files in files_by_table(raw_data, paths | sort).items() -%}
            {%- do found.update({table: {'relation': 'parquet.`' ~ raw_data | replace('{table}', table) ~ '`'}}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do refuse_raw_schema(raw_data) -%}
        {%- for row in run_query('show tables in ' ~ raw_data).rows if not row[1].startswith('_') -%}
            {%- do found.update({row[1]: {'relation': raw_data ~ '.' ~ row[1]}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for table, entry in found.items() -%}
        {%- set described = run_query('describe query select * from ' ~ entry.relation) -%}
        {%- set names = described.columns[0].values() | list -%}
        {%- set columns = [] -%}
        {%- for name in names -%}{%- do columns.append(normal_column_name(name, loop.index)) -%}{%- endfor -%}
        {%- do entry.update({'columns': columns, 'names': names, 'types': described.columns[1].values() | list, 'notes': []}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{% macro refuse_raw_schema(raw_data) %}
    {%- if raw_data.split('.')[-1] == 'raw' -%}
        {%- do exceptions.raise_compiler_error("var raw_data: the schema name 'raw' is the project's own; call yours otherwise") -%}
    {%- endif -%}
{% endmacro %}


{#- Files of a path pattern by the table in their path; names that start with an underscore are left out. -#}
{% macro files_by_table(pattern, paths) %}
    {%- set regex = modules.re.escape(modules.re.sub('^(\\.\\.?/)+', '', pattern)) | replace('\\{table\\}', '([^/]+?)', 1) | replace('\\{table\\}', '[^/]+?') | replace('\\*\\*', '.*') | replace('\\*', '[^/]*') -%}
    {%- set tables = {} -%}
    {%- for path in paths -%}
        {%- set hit = modules.re.search(regex ~ '$', path | replace('\\', '/')) -%}
        {%- if hit and not hit.group(1).startswith('_') -%}
            {%- do tables.setdefault(hit.group(1) | lower, []).append(path) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}
