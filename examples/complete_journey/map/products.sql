-- One row per product; brand says national or private label.
select
    cast(product_id as varchar) as product_id,
    product_type as product_name,
    product_category as category,
    product_type as subcategory,
    brand
from '{data}/products.parquet'
