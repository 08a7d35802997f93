-- One row per household that a campaign was sent to, and per coupon redeemed.
select
    concat_ws('-', 'sent', campaigns.campaign_id, campaigns.household_id) as touch_id,
    descriptions.start_date as occurred_at,
    'direct_mail' as channel,
    'send' as touch_type,
    cast(campaigns.campaign_id as varchar) as campaign_id,
    'pos' as source_system,
    cast(campaigns.household_id as varchar) as account_id
from '{data}/campaigns.parquet' as campaigns
inner join '{data}/campaign_descriptions.parquet' as descriptions
    on campaigns.campaign_id = descriptions.campaign_id
union all
select
    concat_ws(
        '-', 'redeemed', campaign_id, household_id, coupon_upc, cast(redemption_date as date),
        row_number() over (partition by campaign_id, household_id, coupon_upc, redemption_date)
    ) as touch_id,
    redemption_date as occurred_at,
    'direct_mail' as channel,
    'coupon_redeemed' as touch_type,
    cast(campaign_id as varchar) as campaign_id,
    'pos' as source_system,
    cast(household_id as varchar) as account_id
from '{data}/coupon_redemptions.parquet'
