{#- Guards the choice: every type and answer with a history publishes one model, the own one exactly where it is better. -#}
select
    item_type,
    answer,
    count(case when is_published then 1 end) as published_rows
from {{ ref('recommendation_performance') }}
group by item_type, answer
having
    count(case when is_published then 1 end) != case when max(verdict) = 'no_data' then 0 else 2 end
    or bool_or(is_published and (role = 'own') != beats_baselines)
