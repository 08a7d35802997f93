{#- One row per segmentation, part (all, half a, half b) and sampled customer: the points that clusters are fitted on. -#}
with

points as (

    select * from {{ ref('int_cluster_points') }}
    where is_sampled

),

final as (

    select
        'all' as part,
        *
    from points

    union all

    select
        half as part,
        *
    from points

)

select * from final
