{#- Guards that no published row speaks of fewer than k people, unless its whole group is smaller. -#}
{% test k_anonymous(model, people, cell, k=none) %}
{%- set k = (k if k is not none else var('k_anonymity')) | int %}

select
    {{ cell | join(', ') }},
    {{ people }}
from {{ model }}
where {{ people }} < {{ k }} and {{ cell[0] }} != '(small)'

{% endtest %}
