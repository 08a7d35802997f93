{#- One row per segmentation and customer: the cluster (by its number in the fit), how central, how well apart. -#}
with

points as (

    select * from {{ ref('int_cluster_points') }}

),

runs as (

    select * from {{ ref('int_cluster_fit') }}

),

{{ cluster_silhouettes(
    keys=['segmentation', 'k'],
    points_join='points.segmentation = runs.segmentation',
    clusters=8,
    features=6
) }},

final as (

    select
        segmentation,
        customer_id,
        cluster as fit_cluster,
        sqrt(distance) as distance_to_centroid,
        silhouette
    from silhouettes

)

select * from final
