{#-
  One row per segmentation and number of clusters: the adjusted Rand index between the groups that
  the two halves of the sample lead to. 1: both find the same groups, 0: they agree as by chance.
-#}
with

points as (

    select * from {{ ref('int_cluster_points') }}
    where is_sampled

),

runs as (

    select * from {{ ref('int_cluster_best') }}
    where part != 'all' and k > 1

),

{{ cluster_distances(
    keys=['segmentation', 'part', 'k'],
    points_join='points.segmentation = runs.segmentation',
    clusters=8,
    features=6
) }},

pairs as (

    select
        first_half.segmentation,
        first_half.k,
        first_half.cluster as first_cluster,
        second_half.cluster as second_cluster,
        cast(count(*) as double) as customers
    from assigned as first_half
    inner join assigned as second_half
        on
            first_half.segmentation = second_half.segmentation
            and first_half.k = second_half.k
            and first_half.customer_id = second_half.customer_id
    where first_half.part = 'a' and second_half.part = 'b'
    group by first_half.segmentation, first_half.k, first_half.cluster, second_half.cluster

),

margins as (

    select
        *,
        sum(customers) over (partition by segmentation, k, first_cluster) as first_size,
        sum(customers) over (partition by segmentation, k, second_cluster) as second_size,
        sum(customers) over (partition by segmentation, k) as all_customers
    from pairs

),

-- pairs of customers that are together in both, and in each
counted as (

    select
        segmentation,
        k,
        max(all_customers) as all_customers,
        sum(customers * (customers - 1e0) / 2e0) as both_pairs,
        sum((first_size - 1e0) * customers / 2e0) as first_pairs,
        sum((second_size - 1e0) * customers / 2e0) as second_pairs
    from margins
    group by segmentation, k

),

expected as (

    select
        *,
        first_pairs * second_pairs / nullif(all_customers * (all_customers - 1e0) / 2e0, 0e0) as expected_pairs
    from counted

),

final as (

    select
        segmentation,
        k,
        {{ safe_divide('(both_pairs - expected_pairs)', '((first_pairs + second_pairs) / 2e0 - expected_pairs)') }}
            as adjusted_rand
    from expected

)

select * from final
