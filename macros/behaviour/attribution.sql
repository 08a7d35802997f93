{#- The attribution models, by the names of mart attributed_orders; int_attribution_credits has two columns of each. -#}
{%- macro attribution_models() -%}
    {{- return(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay', 'markov', 'shapley']) -}}
{%- endmacro -%}
