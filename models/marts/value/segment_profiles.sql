{#- One row per segmentation, cluster and feature: what the group is like, and how far groups differ. -#}
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

-- the last digits of a variance depend on the order of addition
rounded as (

    select
        *,
        {{ round_significant('unrounded_squares', 10) }} as squares_within
    from by_cluster

),

-- 2. one-way analysis of variance
by_feature as (

    select
        segmentation,
        feature,
        cast(sum(customers) as double) as customers,
        cast(count(*) as double) as clusters,
        {{ stable_sum('squares_within') }} as squares_within,
        {{ stable_sum('customers * mean_score') }} / sum(customers) as overall_score,
        {{ stable_sum('customers * centroid') }} / sum(customers) as overall_mean
    from rounded
    group by segmentation, feature

),

between_clusters as (

    select
        by_feature.segmentation,
        by_feature.feature,
        {{ stable_sum('by_cluster.customers * power(by_cluster.mean_score - by_feature.overall_score, 2)') }} as squares_between
    from by_feature
    inner join by_cluster
        on
            by_feature.segmentation = by_cluster.segmentation
            and by_feature.feature = by_cluster.feature
    group by by_feature.segmentation, by_feature.feature

),

varied as (

    select
        by_feature.segmentation,
        by_feature.feature,
        by_feature.overall_mean,
        {{ safe_divide('between_clusters.squares_between', '(between_clusters.squares_between + by_feature.squares_within)') }}
            as eta_squared,
        by_feature.clusters - 1e0 as df1,
        by_feature.customers - by_feature.clusters as df2,
        {{ safe_divide(
            '(between_clusters.squares_between * (by_feature.customers - by_feature.clusters))',
            '(by_feature.squares_within * (by_feature.clusters - 1e0))'
        ) }} as f_value
    from by_feature
    inner join between_clusters
        on
            by_feature.segmentation = between_clusters.segmentation
            and by_feature.feature = between_clusters.feature

),

tested as (

    select
        *,
        case
            when f_value is null or df1 < 1e0 or df2 < 1e0 then null
            else {{ f_distribution_tail('f_value', 'df1', 'df2') }}
        end as p_value
    from varied

),

-- 3. Benjamini-Hochberg: the share of false alarms among all features of a segmentation
ordered as (

    select
        *,
        row_number() over (
            partition by segmentation order by p_value asc nulls last, feature asc
        ) as p_place,
        count(p_value) over (partition by segmentation) as tests
    from tested

),

corrected as (

    select
        *,
        case
            when p_value is not null
                then least(1e0, min(p_value * tests / p_place) over (
                    partition by segmentation order by p_place desc
                    rows between unbounded preceding and current row
                ))
        end as q_value
    from ordered

),

sizes as (

    select
        segmentation,
        cluster,
        cluster_label,
        cluster_label_zh,
        count(*) as customers,
        {{ stable_avg('silhouette') }} as silhouette
    from segments
    group by segmentation, cluster, cluster_label, cluster_label_zh

),

totals as (

    select
        segmentation,
        sum(customers) as customers
    from sizes
    group by segmentation

),

final as (

    select
        -- key
        sizes.segmentation,
        sizes.cluster,
        by_cluster.feature,

        -- attributes
        sizes.cluster_label as label,
        sizes.cluster_label_zh as label_zh,
        coalesce(features.label_en, replace(by_cluster.feature, '_', ' ')) as feature_label_en,
        features.label_zh as feature_label_zh,
        by_cluster.is_fit_feature,

        -- measures
        sizes.customers,
        {{ safe_divide('sizes.customers', 'totals.customers') }} as share,
        by_cluster.centroid,
        corrected.overall_mean,
        case when by_cluster.is_fit_feature then by_cluster.mean_score end as centroid_score,
        corrected.eta_squared,
        corrected.q_value,
        sizes.silhouette
    from sizes
    inner join totals on sizes.segmentation = totals.segmentation
    inner join by_cluster
        on
            sizes.segmentation = by_cluster.segmentation
            and sizes.cluster = by_cluster.cluster
    inner join corrected
        on
            by_cluster.segmentation = corrected.segmentation
            and by_cluster.feature = corrected.feature
    left join features
        on
            by_cluster.segmentation = features.segmentation
            and by_cluster.feature = features.feature

)

select * from final
