-- One row per basket. A household is an account of the shops' till system.
select
    cast(basket_id as varchar) as order_id,
    'pos' as source_system,
    min(transaction_timestamp) as ordered_at,
    'store' as channel,
    'completed' as status,
    cast(min(household_id) as varchar) as account_id,
    cast(min(store_id) as varchar) as store_id,
    sum(cast(sales_value as decimal(18, 2)) + cast(retail_disc + coupon_match_disc as decimal(18, 2)))
        as gross_amount,
    sum(cast(retail_disc + coupon_match_disc as decimal(18, 2))) as discount_amount,
    sum(cast(sales_value as decimal(18, 2))) as net_amount
from '{data}/transactions.parquet'
group by basket_id
