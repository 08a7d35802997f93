{#-
  One row per segmentation, part, number of clusters and start: k-means, all runs at once. 25 steps at
  most: to compare runs they need not stand still, int_cluster_fit takes the best on. Of those that
  still move, the ten best go on after four steps and the six best after twelve.
-#}
{{ config(
    materialized='iterate',
    init_model='int_cluster_starts',
    accumulates=true,
    keep_last_of=['segmentation', 'part', 'k', 'start_number'],
    max_iterations=25,
    on_max='ignore'
) }}
{{ kmeans_step(
    points=ref('int_cluster_sample'),
    runs=ref('int_cluster_starts'),
    keys=['segmentation', 'part', 'k', 'start_number'],
    points_join='points.segmentation = runs.segmentation and points.part = runs.part',
    clusters=8,
    features=6,
    tolerance='2e-5',
    trials={4: 10, 12: 6},
    rivals=['segmentation', 'part', 'k']
) }}
