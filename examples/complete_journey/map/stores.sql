-- One row per shop; nothing but its number is known.
select
    cast(store_id as varchar) as store_id,
    'Store ' || store_id as store_name
from '{data}/transactions.parquet'
group by store_id
