{#-
  The raw contract in machine-readable form: the 26 tables that a build reads, in six groups.
  Their texts stand in macros/input/contract/<group>.sql. The contract check, the staging macros, the
  simulator and the tests all read them (Python: scripts/raw_contract.py).

  A table:
    group     source group, also the staging folder
    required  true: the build cannot start without it
    key       the columns that identify a record; the newest valid delivery of a key wins
    happened  when the recorded thing happened; compared with `as_of` (absent: timeless)
    amount    the money that source_reconciliation adds up (absent: no money)
    parent    `orders`: the row counts only with its order, whose currency it takes
    money_day the day whose exchange rate holds (default: happened)
    reject    `rule:column`: condition on the typed row that sends it to quarantine
    flag      `rule:column`: condition that is worth knowing but rejects nothing

  A column: `type [required] [rule]`
    text       trimmed, case kept           code       trimmed, lower case (an open list of words)
    enum a|b   trimmed, lower case, closed list
    email, phone, currency                  normalised forms, see macros/cleaning
    timestamp  UTC                          date       YYYY-MM-DD
    money      decimal(18,4), not negative  signed     decimal(18,4), any sign
    number     decimal(18,4), not negative  int        bigint, not negative
    double     any sign                     boolean
    rule       `lo..hi` closed range, either end may be left out

  A blank line ends a table: whoever asks for one table reads its lines alone.
-#}
{% macro raw_contract(table=none) %}
{%- set contract = [
    raw_contract_commerce(),
    raw_contract_members(),
    raw_contract_behaviour(),
    raw_contract_marketing(),
    raw_contract_feedback(),
    raw_contract_external(),
] | join('\n\n') -%}
{%- if table is none -%}
    {{ return(fromyaml(contract)) }}
{%- endif -%}
{%- for lines in contract.split('\n\n') if lines.strip().startswith(table ~ ':') -%}
    {{ return(fromyaml(lines)[table]) }}
{%- endfor -%}
{%- do exceptions.raise_compiler_error("raw_contract: no table '" ~ table ~ "'") -%}
{% endmacro %}
