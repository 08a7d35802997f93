-- One row per mailing campaign; its cost is not known.
select
    cast(campaign_id as varchar) as campaign_id,
    'direct_mail' as channel,
    campaign_type as campaign_name,
    cast(start_date as date) as start_date,
    cast(end_date as date) as end_date
from '{data}/campaign_descriptions.parquet'
