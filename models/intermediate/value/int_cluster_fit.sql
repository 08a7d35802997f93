{#- One row per segmentation: the centroids, k-means run to its end on all customers. -#}
{{ config(
    materialized='iterate',
    init_model='int_cluster_fit_start',
    accumulates=true,
    keep_last_of=['segmentation', 'k'],
    max_iterations=200,
    on_max='warn'
) }}
{{ kmeans_step(
    points=ref('int_cluster_points'),
    runs=ref('int_cluster_fit_start'),
    keys=['segmentation', 'k'],
    points_join='points.segmentation = runs.segmentation',
    clusters=8,
    features=6
) }}
