{#-
  Refuses to hash real people with the salt that everybody can read. The sample salt serves sample data;
  other data need CUSTOMER360_SALT in the environment, or var allow_sample_salt for data that are public.
-#}
{% macro check_salt() %}
    {%- if not execute or var('raw_data') == 'sample' or var('allow_sample_salt') -%}{{ return('') }}{%- endif -%}
    {%- set salt = env_var('CUSTOMER360_SALT', 'sample-salt') -%}
    {%- if salt | trim in ('', 'sample-salt') -%}
        {%- do exceptions.raise_compiler_error(
            'CUSTOMER360_SALT is not set: identifiers of real people would be hashed with a salt that others know. Set it to a long random'
            ~ ' text and keep it (customer ids depend on it), or say --vars "{allow_sample_salt: true}" for data'
            ~ ' that hold no real people.'
        ) -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}
