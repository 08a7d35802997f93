{#- A page path without query and fragment; null where the path itself looks personal. -#}
{%- macro page_without_query(path) -%}
    case
        when {{ matches_regex(path, '@|(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)') }} then null
        else nullif(split_part(split_part({{ path }}, '?', 1), '#', 1), '')
    end
{%- endmacro -%}

{#- A search term in lower case with single spaces; null where somebody typed an address or a number. -#}
{%- macro normalised_search_term(term) -%}
    case
        when {{ matches_regex(term, '@|[0-9]{9}') }} then null
        else nullif(trim({{ replace_regex('lower(' ~ term ~ ')', '[[:space:]]+', ' ') }}), '')
    end
{%- endmacro -%}
