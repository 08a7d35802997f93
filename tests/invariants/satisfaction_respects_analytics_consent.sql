{#- Guards consent: people who withdrew it are in no table of this domain that speaks of single people, and everyone else is in it once. -#}
{%- for model in ['customer_satisfaction', 'customer_loyalty'] %}

select
    '{{ model }}' as model,
    customers.customer_id,
    customers.has_analytics_consent
from {{ ref('customers') }} as customers
full join {{ ref(model) }} as people on customers.customer_id = people.customer_id
where customers.has_analytics_consent is distinct from (people.customer_id is not null)
{{ 'union all' if not loop.last }}
{%- endfor %}
