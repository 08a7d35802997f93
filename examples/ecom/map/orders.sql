-- One row per purchase; no session has two. The data have no prices: the amount is 0.
select
    session_id as order_id,
    'ecom' as source_system,
    "timestamp" as ordered_at,
    'web' as channel,
    'completed' as status,
    user_id as account_id,
    0 as net_amount
from read_csv('{data}/ecom.csv.gz')
where event = 'purchase'
