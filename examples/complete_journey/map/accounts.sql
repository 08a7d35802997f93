-- One row per household with demographics. Age comes in bands only, so there is no birth date.
select
    'pos' as source_system,
    cast(household_id as varchar) as account_id,
    income as income_band
from '{data}/demographics.parquet'
