{#- Uplift of actions: who answers to one. -#}

{#- What the models see of a person at the action: [name, expression over int_action_outcomes]. -#}
{%- macro uplift_terms() -%}
    {{- return([
        ['past_worth', safe_ln('1e0 + greatest(outcomes.past_worth, 0e0)') ~ ' / 5e0'],
        ['pre_orders', safe_ln('1e0 + outcomes.pre_orders')],
        ['never_ordered', "case when outcomes.segment = '(none)' then 1e0 else 0e0 end"],
    ]) -}}
{%- endmacro -%}

{#- Log-odds of an example by the fit with this alias. -#}
{%- macro uplift_logit(fit) -%}
    ({{ fit }}.b_0
    {%- for term in uplift_terms() %} + {{ fit }}.b_{{ loop.index }} * examples.z_{{ loop.index }}{% endfor %})
{%- endmacro -%}
