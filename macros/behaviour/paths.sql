{#- Key of the path that a person takes in a session or store visit: two people in one have two paths. -#}
{%- macro path_of_person(session_id, person_number) -%}
    concat({{ session_id }}, '|', cast({{ person_number }} as string))
{%- endmacro -%}
