{#-
  The settings (vars) that the project knows, and what each may be: `type [limits]`.
    text          any text, not empty             date       YYYY-MM-DD
    one_of a|b    a closed list                   currency   ISO 4217, three capitals
    int lo..hi    whole number                    country    ISO 3166, two capitals
    number lo..hi any number                      zone       IANA time zone
    boolean       true or false                   column     name of a column
    mapping       names with values of their own
  `or_empty` at the end: the empty text is allowed as well.
-#}
{% macro setting_rules() %}
    {{ return({
        'raw_data': 'text',
        'raw_formats': 'mapping',
        'as_of': 'date or_empty',
        'as_of_known_by': 'one_of delivery|event',
        'base_currency': 'currency',
        'default_country': 'country',
        'timezone': 'zone',
        'device_lookback_days': 'int 0..36500',
        'device_max_customers': 'int 1..1000000',
        'consent_when_untracked': 'one_of deny|allow',
        'analytics_without_record': 'one_of allow|deny',
        'k_anonymity': 'int 1..1000000',
        'retention_days': 'mapping',
        'allow_sample_salt': 'boolean',
        'rfm_scoring': 'one_of quantile|thresholds',
        'rfm_window_days': 'int 0..36500',
        'profile_window_days': 'int 1..36500',
        'capture_past_tags': 'boolean',
        'tag_min_confidence': 'number 0..1',
        'survey_answers_counted': 'one_of latest|all',
        'small_sample_under': 'int 0..1000000',
        'return_window_days': 'int 0..36500',
        'driver_answers_at_least': 'int 1..1000000',
        'driver_replicates': 'int 1..10000',
        'late_data_days': 'int 0..36500',
        'session_gap_minutes': 'int 1..1440',
        'attribution_lookback_days': 'int 1..36500',
        'attribution_halflife_days': 'number 0.01..36500',
        'incremental_sample_contacts': 'int 1..1000000000',
        'incremental_contacts_at_least': 'int 1..1000000000',
        'incremental_replicates': 'int 20..10000',
        'search_term_min_customers': 'int 1..1000000',
        'driver_sample_visits': 'int 1..1000000000',
        'path_top_nodes': 'int 1..1000',
        'path_max_steps': 'int 1..1000',
        'clv_annual_discount_rate': 'number 0..10',
        'clv_holdout_days': 'int 0..36500',
        'clv_segment_by': 'column or_empty',
        'clusters_k': 'int 0..100',
        'refit_days': 'int 0..365',
        'propensity_training_rows': 'int 100..1000000000',
        'recommendation_product_level': 'one_of product|subcategory|category',
        'forecast_weeks': 'int 1..26',
        'action_budget': 'number 0..999999999999 or_empty',
        'action_holdout_share': 'number 0..1',
        'action_global_holdout_share': 'number 0..1',
        'action_exploration_share': 'number 0..1',
        'monitoring_reference_days': 'int 1..36500',
    }) }}
{% endmacro %}


{#-
  Before anything else: every setting is known and can be used. All errors at once, each with the
  setting, its value and the way to mend it.
-#}
{% macro check_settings() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set rules = setting_rules() -%}
    {%- set errors = [] -%}
    {%- for name in given_settings() | sort if name not in rules -%}
        {%- set hint = nearest_name(name, rules | list) -%}
        {%- do errors.append('there is no setting ' ~ name ~ '.' ~ (' Did you mean ' ~ hint ~ '?' if hint else ' dbt_project.yml lists all.')) -%}
    {%- endfor -%}
    {%- for name, rule in rules.items() if var.has_var(name) -%}
        {%- set problem = setting_problem(var(name), rule) -%}
        {%- if problem -%}{%- do errors.append(name ~ ': ' ~ shown_setting(var(name)) ~ ' ' ~ problem) -%}{%- endif -%}
    {%- endfor -%}
    {%- if errors -%}
        {%- do exceptions.raise_compiler_error(
            'Settings that cannot be used (--vars or dbt_project.yml, where each is explained):\n  - ' ~ errors | join('\n  - ')
        ) -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{#- Names of the settings of the command line and, on DuckDB, of dbt_project.yml. -#}
{% macro given_settings() %}
    {%- set given = invocation_args_dict.get('vars') or {} -%}
    {%- set names = (fromyaml(given) if given is string else given) | list -%}
    {%- if not on_spark() and invocation_args_dict.get('project_dir') -%}
        {%- set file = text_literal(invocation_args_dict.project_dir ~ '/dbt_project.yml') -%}
        {%- set texts = run_query('select content from read_text(' ~ file ~ ')').columns[0].values() -%}
        {%- do names.extend((fromyaml(texts[0]).vars or {}) | list) -%}
    {%- endif -%}
    {{ return(names | unique | list) }}
{% endmacro %}


{% macro shown_setting(value) %}
    {{ return('the empty text' if value | string == '' else "'" ~ value ~ "'") }}
{% endmacro %}


{#- What is wrong with a value, as the end of a sentence that begins with the value; '' where nothing is. -#}
{% macro setting_problem(value, rule) %}
    {%- set words = rule.split(' ') -%}
    {%- set kind = words[0] -%}
    {%- set limits = words[1].split('..') if '..' in rule else [] -%}
    {%- set text = value | string -%}
    {%- set matches = modules.re.fullmatch -%}
    {%- if text == '' and 'or_empty' in words -%}{{ return('') }}{%- endif -%}

    {%- if kind == 'mapping' -%}
        {{ return('' if value is mapping else 'is no mapping of names to values') }}
    {%- elif kind == 'boolean' -%}
        {{ return('' if value is boolean else 'is neither true nor false') }}
    {%- elif value is boolean -%}
        {{ return('is read as a yes or no: put it in quotes') }}
    {%- elif kind in ('int', 'number') -%}
        {%- set form = '-?[0-9]{1,12}' if kind == 'int' else '-?[0-9]{1,12}([.][0-9]{1,12})?' -%}
        {%- if not matches(form, text) or text | float < limits[0] | float or text | float > limits[1] | float -%}
            {{ return('is not a ' ~ ('whole ' if kind == 'int' else '') ~ 'number from ' ~ limits[0] ~ ' to ' ~ limits[1]) }}
        {%- endif -%}
    {%- elif kind == 'one_of' -%}
        {%- set allowed = words[1].split('|') -%}
        {%- if value not in allowed -%}{{ return('is not one of ' ~ allowed | join(', ') ~ setting_hint(text | lower, allowed)) }}{%- endif -%}
    {%- elif kind == 'date' -%}
        {%- if not is_calendar_day(text) -%}{{ return('is not a day of the calendar from 1970 on, written YYYY-MM-DD') }}{%- endif -%}
    {%- elif kind == 'currency' -%}
        {%- if not matches('[A-Z]{3}', text) -%}
            {{ return('is no currency code of three capitals' ~ (': write ' ~ text | upper if matches('[A-Za-z]{3}', text) else ' such as EUR')) }}
        {%- endif -%}
    {%- elif kind == 'country' -%}
        {%- if not matches('[A-Z]{2}', text) -%}
            {{ return('is no country code of two capitals' ~ (': write ' ~ text | upper if matches('[A-Za-z]{2}', text) else ' such as DE')) }}
        {%- endif -%}
        {%- if ('\n' ~ text ~ ' ') not in ('\n' ~ dialling_plan_lines()) -%}{{ return('is no country of ISO 3166') }}{%- endif -%}
    {%- elif kind == 'zone' -%}
        {%- set zones = modules.pytz.all_timezones | list -%}
        {%- if value not in zones -%}{{ return('is no time zone of the IANA list' ~ setting_hint(text, zones)) }}{%- endif -%}
    {%- elif kind == 'column' -%}
        {%- if not matches('[a-z][a-z0-9_]*', text) -%}{{ return('is no name of a column in lower case') }}{%- endif -%}
    {%- elif value is not string or text | trim == '' -%}
        {{ return('is no text') }}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{% macro setting_hint(name, candidates) %}
    {%- set hint = name if name in candidates else nearest_name(name, candidates) -%}
    {{ return(': did you mean ' ~ hint ~ '?' if hint else '') }}
{% endmacro %}


{#- True for the text of a day that exists, from 1970 on. -#}
{% macro is_calendar_day(text) %}
    {%- if not modules.re.fullmatch('(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])-[0-3][0-9]', text) -%}{{ return(false) }}{%- endif -%}
    {%- set year, month, day = text[:4] | int, text[5:7] | int, text[8:] | int -%}
    {%- set date = modules.datetime.date -%}
    {%- set days = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days -%}
    {{ return(1 <= day <= days) }}
{% endmacro %}


{#- The day of var as_of as SQL, none where it is derived from the data. -#}
{% macro as_of_setting() %}
    {{ return('date ' ~ text_literal(var('as_of')) if var('as_of') | string != '' else none) }}
{% endmacro %}
