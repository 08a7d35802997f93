{#-
  One row per segmentation and number of clusters: the adjusted Rand index between the groups of all
  sampled customers and those that a bootstrap resample leads to, the mean and the smallest of four
  resamples. 1: the same groups, 0: they agree as by chance.
-#}
with

points as (

    select * from {{ ref('int_cluster_points') }}
    where is_judged

),

runs as (

    select * from {{ ref('int_cluster_best') }}
    where k > 1

),

{{ cluster_distances(
    keys=['segmentation', 'part', 'k'],
    points_join='points.segmentation = runs.segmentation',
    clusters=8,
    features=6
) }},

pairs as (

    select
        whole.segmentation,
        whole.k,
        resample.part,
        whole.cluster as first_cluster,
        resample.cluster as second_cluster,
        cast(count(*) as double) as customers
    from assigned as whole
    inner join assigned as resample
        on
            whole.segmentation = resample.segmentation
            and whole.k = resample.k
            and whole.customer_id = resample.customer_id
    where whole.part = 'all' and resample.part != 'all'
    group by whole.segmentation, whole.k, resample.part, whole.cluster, resample.cluster

),

margins as (

    select
        *,
        sum(customers) over (partition by segmentation, k, part, first_cluster) as first_size,
        sum(customers) over (partition by segmentation, k, part, second_cluster) as second_size,
        sum(customers) over (partition by segmentation, k, part) as all_customers
    from pairs

),

-- pairs of customers that are together in both, and in each
counted as (

    select
        segmentation,
        k,
        part,
        max(all_customers) as all_customers,
        sum(customers * (customers - 1e0) / 2e0) as both_pairs,
        sum((first_size - 1e0) * customers / 2e0) as first_pairs,
        sum((second_size - 1e0) * customers / 2e0) as second_pairs
    from margins
    group by segmentation, k, part

),

expected as (

    select
        *,
        first_pairs * second_pairs / nullif(all_customers * (all_customers - 1e0) / 2e0, 0e0) as expected_pairs
    from counted

),

compared as (

    select
        segmentation,
        k,
        {{ safe_divide('(both_pairs - expected_pairs)', '((first_pairs + second_pairs) / 2e0 - expected_pairs)') }}
            as adjusted_rand
    from expected

),

final as (

    select
        segmentation,
        k,
        {{ stable_avg('adjusted_rand') }} as adjusted_rand,
        min(adjusted_rand) as adjusted_rand_low
    from compared
    group by segmentation, k

)

select * from final
