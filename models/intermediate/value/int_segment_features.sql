{#-
  One row per segmentation, cluster and feature: the mean of its people, as published and as scored for
  the fit, and how far they scatter around it. Features of the fit, and what else is known of the people.
-#}
with

segments as (

    select * from {{ ref('customer_segments') }}

),

points as (

    select * from {{ ref('int_cluster_points') }}

),

customers as (

    select * from {{ ref('customers') }}

),

clv as (

    select * from {{ ref('customer_clv') }}

),

features as (

    select * from {{ ref('cluster_features') }}

),

-- 1. the features of the fit, and what else is known of the same people
joined as (

    select
        segments.segmentation,
        segments.cluster,
        segments.customer_id,
        points.v1,
        points.v2,
        points.v3,
        points.v4,
        points.v5,
        points.v6,
        points.f1,
        points.f2,
        points.f3,
        points.f4,
        points.f5,
        points.f6,
        cast(customers.net_revenue as double) as net_revenue,
        cast(customers.points_balance as double) as points_balance,
        cast(clv.clv_365d as double) as clv_365d,
        clv.probability_alive
    from segments
    inner join points
        on
            segments.segmentation = points.segmentation
            and segments.customer_id = points.customer_id
    inner join customers on segments.customer_id = customers.customer_id
    left join clv on segments.customer_id = clv.customer_id

),

long as (

    {%- for number in range(1, 7) %}

    select
        joined.segmentation,
        joined.cluster,
        features.feature,
        true as is_fit_feature,
        joined.v{{ number }} as value,
        joined.f{{ number }} as score
    from joined
    inner join features
        on
            joined.segmentation = features.segmentation
            and features.feature_number = {{ number }}
    union all
    {%- endfor %}
    {%- for feature in ['net_revenue', 'points_balance', 'clv_365d', 'probability_alive'] %}

    select
        segmentation,
        cluster,
        '{{ feature }}' as feature,
        false as is_fit_feature,
        {{ feature }} as value,
        {{ feature }} as score
    from joined
    where {{ feature }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 2. by cluster
by_cluster as (

    select
        segmentation,
        feature,
        is_fit_feature,
        cluster,
        count(*) as customers,
        {{ stable_avg('value') }} as centroid,
        {{ stable_avg('score') }} as mean_score,
        var_pop(score) * count(*) as unrounded_squares
    from long
    group by segmentation, feature, is_fit_feature, cluster

),

final as (

    select
        -- key
        segmentation,
        cluster,
        feature,

        -- attributes
        is_fit_feature,

        -- measures
        customers,
        centroid,
        mean_score,
        -- the last digits of a variance depend on the order of addition
        {{ round_significant('unrounded_squares', 10) }} as squares_within
    from by_cluster

)

select * from final
