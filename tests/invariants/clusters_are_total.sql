-- Guards that everybody who may be analysed stands in exactly one cluster of each segmentation, and
-- that the shares of the clusters add up to 1.
with

segments as (

    select
        segmentation,
        count(*) as customers
    from {{ ref('customer_segments') }}
    group by segmentation

),

expected as (

    select
        'buyers' as segmentation,
        count(*) as customers
    from {{ ref('customer_rfm') }}
    union all
    select
        'everyone' as segmentation,
        count(*) as customers
    from {{ ref('customers') }}
    where has_analytics_consent

),

profiles as (

    select
        segmentation,
        feature,
        sum(share) as share
    from {{ ref('segment_profiles') }}
    where is_fit_feature
    group by segmentation, feature

)

select
    expected.segmentation,
    expected.customers,
    segments.customers as clustered_customers,
    profiles.feature,
    profiles.share
from expected
left join segments on expected.segmentation = segments.segmentation
left join profiles on expected.segmentation = profiles.segmentation
where
    expected.customers > 0
    and (
        expected.customers != coalesce(segments.customers, 0)
        or abs(coalesce(profiles.share, 0) - 1) > 1e-9
    )
