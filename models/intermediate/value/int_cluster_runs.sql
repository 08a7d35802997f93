{#- One row per segmentation, part, number of clusters and start: k-means, all runs at once. -#}
{{ config(
    materialized='iterate',
    init_model='int_cluster_starts',
    metric_sql=kmeans_metric(),
    max_iterations=200,
    on_max='warn'
) }}
{{ kmeans_step(
    points=ref('int_cluster_sample'),
    runs=ref('int_cluster_starts'),
    keys=['segmentation', 'part', 'k', 'start_number'],
    points_join='points.segmentation = runs.segmentation and points.part = runs.part',
    clusters=8,
    features=6,
    tolerance='1e-5',
    rivals=['segmentation', 'part', 'k']
) }}
