{#-
  Formats that var raw_formats declares for raw data that cannot be read without being told how:

    raw_formats:
      all_tables: {decimal_mark: ",", thousands_mark: "."}   # a default for every table
      orders:
        delimiter: ";"                                       # the file of the table
        date_format: "%d/%m/%Y"                              # a default for its columns
        ordered_at: {date_format: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]}
      web_events:
        occurred_at: {epoch_unit: ms}

  What is named closer to the column wins. A declared column is read in its format and in no other;
  columns that are typed already are not text and are read as they are. The sample is not concerned.
-#}


{#- Options by what they concern: columns of some types, or the file. -#}
{% macro format_options() %}
    {%- set times = ['timestamp', 'date'] -%}
    {%- set numbers = ['money', 'signed', 'number', 'int', 'double'] -%}
    {{ return({
        'date_format': times, 'epoch_unit': times, 'decimal_mark': numbers, 'thousands_mark': numbers,
        'encoding': ['file'], 'delimiter': ['file'],
    }) }}
{% endmacro %}


{#- What is declared for a column of a type: {date_format: [...]} or {epoch_unit} or {decimal_mark, thousands_mark}; {} if nothing. -#}
{% macro column_formats(table, column, type) %}
    {%- set found = {} -%}
    {%- if var('raw_data') != 'sample' and var('raw_formats', {}) -%}
        {%- for level in format_levels(table, column) -%}
            {%- set said = {} -%}
            {#- what raw_format_errors refuses is left out, so that the project can be parsed -#}
            {%- for option, value in level.items() if type in format_options().get(option, []) and not option_error(option, value) -%}
                {%- do said.update({option: value}) -%}
            {%- endfor -%}
            {#- a nearer level replaces what does not go with it -#}
            {%- if said.date_format and found.epoch_unit -%}{%- do found.pop('epoch_unit') -%}{%- endif -%}
            {%- if said.decimal_mark and found.thousands_mark -%}{%- do found.pop('thousands_mark') -%}{%- endif -%}
            {%- do found.update(said) -%}
        {%- endfor -%}
        {%- if found.thousands_mark and not found.decimal_mark -%}
            {%- do found.update({'decimal_mark': ',' if found.thousands_mark == '.' else '.'}) -%}
        {%- endif -%}
        {%- if found.date_format is string -%}{%- do found.update({'date_format': [found.date_format]}) -%}{%- endif -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{#- The dictionaries that concern a table and, where it is named, a column: farthest first. -#}
{% macro format_levels(table, column='') %}
    {%- set levels = [] -%}
    {%- set declared = var('raw_formats', {}) -%}
    {%- if declared is mapping -%}
        {%- for level in [declared.all_tables, declared.get(table), (declared.get(table) or {}).get(column) if declared.get(table) is mapping] if level is mapping -%}
            {%- do levels.append(level) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(levels) }}
{% endmacro %}


{#- What is declared for the files of all tables: {table: {encoding, delimiter}}. -#}
{% macro file_formats() %}
    {%- set found = {} -%}
    {%- for table in raw_contract() -%}
        {%- for level in format_levels(table) -%}
            {%- for option, value in level.items() if option in ('encoding', 'delimiter') -%}
                {%- do found.setdefault(table, {}).update({option: '\t' if value in ('tab', '\\t') else value}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Everything that is wrong with var raw_formats, a line each. -#}
{% macro raw_format_errors() %}
    {%- set declared = var('raw_formats', {}) -%}
    {%- set errors = [] -%}
    {%- if declared is not mapping -%}
        {{ return(["var raw_formats: a dictionary of tables was expected, such as {orders: {date_format: '%d/%m/%Y'}}, not " ~ declared]) }}
    {%- endif -%}
    {%- for table, level in declared.items() -%}
        {%- if table != 'all_tables' and table not in raw_contract() -%}
            {%- do errors.append('var raw_formats: unknown table ' ~ table ~ did_you_mean(table, raw_contract() | list + ['all_tables'])) -%}
        {%- elif level is not mapping -%}
            {%- do errors.append('var raw_formats, ' ~ table ~ ': options or columns were expected, such as {delimiter: ";"}, not ' ~ level) -%}
        {%- else -%}
            {%- set columns = dict(raw_contract(table).columns, _loaded_at='timestamp') if table != 'all_tables' else {} -%}
            {%- do option_errors('var raw_formats, ' ~ table, level, columns, none, errors) -%}
            {%- for name, options in level.items() if name in columns -%}
                {%- set place = 'var raw_formats, ' ~ table ~ '.' ~ name -%}
                {%- if options is not mapping -%}
                    {%- do errors.append(place ~ ": options were expected, such as {date_format: '%d/%m/%Y'}, not " ~ options) -%}
                {%- else -%}
                    {%- do option_errors(place, options, {}, columns[name].split(' ')[0], errors) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(errors) }}
{% endmacro %}


{#- The end of an error: the nearest right name, or all of them. -#}
{% macro did_you_mean(name, candidates) %}
    {%- set hint = nearest_name(name | string, candidates) -%}
    {{ return('. Did you mean ' ~ hint ~ '?' if hint else '. Known: ' ~ candidates | join(', ') ~ '.') }}
{% endmacro %}


{#-
  Errors of the options of one place.
    columns  names that stand beside the options of a table
    type     type of the column, none for a table
-#}
{% macro option_errors(place, options, columns, type, errors) %}
    {%- set known = format_options() -%}
    {%- for option, value in options.items() if option not in columns -%}
        {%- if option not in known -%}
            {%- do errors.append(place ~ ': unknown option ' ~ option ~ did_you_mean(option, known | list + columns | list)) -%}
        {%- elif type and type not in known[option] -%}
            {%- do errors.append(place ~ ': ' ~ option ~ (
                ' concerns the whole file: name it beside the columns.' if known[option] == ['file']
                else ' is for columns of ' ~ known[option] | join(', ') ~ '; this one is ' ~ type ~ '.'
            )) -%}
        {%- else -%}
            {%- set wrong = option_error(option, value) -%}
            {%- if wrong -%}{%- do errors.append(place ~ '.' ~ option ~ ': ' ~ wrong) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if options.date_format and options.epoch_unit -%}
        {%- do errors.append(place ~ ': date_format and epoch_unit exclude each other.') -%}
    {%- endif -%}
    {%- if options.decimal_mark and options.decimal_mark == options.thousands_mark -%}
        {%- do errors.append(place ~ ': decimal_mark and thousands_mark are the same.') -%}
    {%- endif -%}
{% endmacro %}


{#- What is wrong with the value of an option, '' if nothing. -#}
{% macro option_error(option, value) %}
    {%- set lists = {'epoch_unit': ['s', 'ms', 'us'], 'decimal_mark': ['.', ','], 'thousands_mark': ['.', ',', ' ', "'"]} -%}
    {%- if option in lists and value not in lists[option] -%}
        {{ return("one of '" ~ lists[option] | join("' '") ~ "' was expected, not '" ~ value ~ "'.") }}
    {%- elif option == 'encoding' and not modules.re.fullmatch('[A-Za-z0-9_.:-]{1,40}', value | string) -%}
        {{ return("the name of an encoding was expected, such as latin-1 or gb18030, not '" ~ value ~ "'.") }}
    {%- elif option == 'delimiter' and value not in ('tab', '\\t') and (value | string | length != 1 or value in ('"', '\n', '\r')) -%}
        {{ return("one character or tab was expected, not '" ~ value ~ "'.") }}
    {%- elif option == 'date_format' -%}
        {%- for format in ([value] if value is string else value) -%}
            {%- set wrong = date_format_error(format) -%}
            {%- if wrong -%}{{ return(wrong) }}{%- endif -%}
        {%- else -%}
            {{ return("a format such as '%d/%m/%Y', or a list of them, was expected.") }}
        {%- endfor -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{% macro date_format_error(format) %}
    {%- set used = modules.re.findall('%(.?)', format | string) -%}
    {%- set unknown = used | reject('in', date_directives()) | list -%}
    {%- if format is not string or not used -%}
        {{ return("'" ~ format ~ "' names no part of a date; %d/%m/%Y was expected, for example.") }}
    {%- elif unknown -%}
        {{ return("'" ~ format ~ "': %" ~ unknown[0] ~ ' is not known; the parts are %' ~ date_directives() | join(' %') ~ '.') }}
    {%- elif used | unique(true) | list | length != used | length -%}
        {{ return("'" ~ format ~ "' names a part twice.") }}
    {%- elif 'd' not in used or not ('m' in used or 'b' in used) or not ('Y' in used or 'y' in used) -%}
        {{ return("'" ~ format ~ "' needs a day (%d), a month (%m or %b) and a year (%Y or %y).") }}
    {%- elif ('m' in used and 'b' in used) or ('Y' in used and 'y' in used) or ('H' in used and 'I' in used) -%}
        {{ return("'" ~ format ~ "' names a part in two ways.") }}
    {%- elif ('I' in used) != ('p' in used) -%}
        {{ return("'" ~ format ~ "': %I and %p (AM or PM) need each other.") }}
    {%- elif ('M' in used or 'z' in used) and not ('H' in used or 'I' in used) or 'S' in used and 'M' not in used or 'f' in used and 'S' not in used -%}
        {{ return("'" ~ format ~ "' names a small part of the time without the larger one.") }}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}
