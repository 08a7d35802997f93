-- One row per product of a basket. sales_value is what the retailer received.
select
    cast(basket_id as varchar) as order_id,
    row_number() over (partition by basket_id order by product_id) as line_number,
    cast(product_id as varchar) as product_id,
    quantity,
    cast(sales_value as decimal(18, 2)) as net_amount,
    cast(retail_disc + coupon_match_disc as decimal(18, 2)) as discount_amount
from '{data}/transactions.parquet'
