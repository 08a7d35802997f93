{#- Guards the lists: ranks run from 1 without a gap to 10 at most, and no item stands twice. -#}
select
    customer_id,
    item_type,
    answer,
    min(rank) as first_rank,
    max(rank) as last_rank,
    count(*) as places,
    count(distinct item) as items
from {{ ref('customer_recommendations') }}
group by customer_id, item_type, answer
having min(rank) != 1 or max(rank) != count(*) or max(rank) > 10 or count(distinct item) != count(*)
