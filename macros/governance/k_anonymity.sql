{#-
  k-anonymity for published counts: cells with fewer than k people are folded into `(small)`, so that
  totals hold and nobody stands out. Where `(small)` itself would stay under k, the smallest of the
  other cells of its group goes into it as well; a group that is under k as a whole is `(small)`
  in a row of its own and its figures other than the totals should not be shown.

    counted as (

        {{ fold_small_cells(
            relation='cells', within=['month'], cell=['search_term'],
            people='customer_count', sums=['customer_count', 'search_count']
        ) }}

    )

    relation  name of a CTE or relation, one row per within and cell
    within    columns that stay as they are: totals hold in each of their groups; may be []
    cell      columns (text) that are replaced by `(small)`
    people    column with the number of people in the cell, compared with k
    sums      columns to add up. Sums of distinct people count a person once per cell
    k         default: var k_anonymity
  Result: within, cell, sums, is_folded.
-#}
{% macro fold_small_cells(relation, within, cell, people, sums, k=none) -%}
    {%- set k = (k if k is not none else var('k_anonymity')) | int -%}
    {%- set group = within | join(', ') if within else "'all'" -%}
    {#- the order in which cells are folded: smallest first, then by name -#}
    {%- set ranking = 'partition by ' ~ group ~ ' order by ' ~ people ~ ' asc, ' ~ cell | join(' asc, ') ~ ' asc' -%}
    select
        {%- for column in within %}
        {{ column }},
        {%- endfor %}
        {%- for column in cell %}
        case when is_small = 1 then '(small)' else {{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column in sums %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        max(is_small) = 1 as is_folded
    from (
        select
            *,
            case
                when {{ people }} < {{ k }} then 1
                -- the next cell in size joins while those before it are too few together
                when people_before > 0 and people_before < {{ k }} then 1
                else 0
            end as is_small
        from (
            select
                *,
                coalesce(sum({{ people }}) over (
                    {{ ranking }} rows between unbounded preceding and 1 preceding
                ), 0) as people_before
            from {{ relation }}
        ) as ranked_cells
    ) as judged_cells
    group by
        {%- for column in within %}
        {{ column }},
        {%- endfor %}
        {%- for column in cell %}
        case when is_small = 1 then '(small)' else {{ column }} end{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}
