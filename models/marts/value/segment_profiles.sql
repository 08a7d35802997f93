{#- One row per segmentation, cluster and feature: what the group is like, and how far groups differ. -#}
with

segments as (

    select * from {{ ref('customer_segments') }}

),

by_cluster as (

    select * from {{ ref('int_segment_features') }}

),

features as (

    select * from {{ ref('cluster_features') }}

),

-- 1. one-way analysis of variance
by_feature as (

    select
        segmentation,
        feature,
        cast(sum(customers) as double) as customers,
        cast(count(*) as double) as clusters,
        {{ stable_sum('squares_within') }} as squares_within,
        {{ stable_sum('customers * mean_score') }} / sum(customers) as overall_score,
        {{ stable_sum('customers * centroid') }} / sum(customers) as overall_mean
    from by_cluster
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

-- 2. many features are tested: false alarms are held down within each segmentation
corrected as (

    {{ benjamini_hochberg('tested', 'p_value', ['segmentation']) }}

),

-- 3. the groups
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
