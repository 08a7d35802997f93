{#- One row per segmentation and customer with consent to analytics: the cluster they belong to. -#}
with

members as (

    select * from {{ ref('int_cluster_members') }}

),

labels as (

    select * from {{ ref('int_cluster_labels') }}

),

quality as (

    select * from {{ ref('segmentation_quality') }}
    where is_used

),

final as (

    select
        -- key
        members.segmentation,
        members.customer_id,

        -- attributes
        labels.cluster,
        labels.cluster_label,
        labels.cluster_label_zh,
        quality.is_trustworthy,

        -- measures
        members.distance_to_centroid,
        members.silhouette
    from members
    inner join labels
        on
            members.segmentation = labels.segmentation
            and members.fit_cluster = labels.fit_cluster
    inner join quality on members.segmentation = quality.segmentation

)

select * from final
