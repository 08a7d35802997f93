{#- One row per segmentation: the best run of the number of clusters that is used, before it meets all customers. -#}
with

best as (

    select * from {{ ref('int_cluster_best') }}

),

quality as (

    select * from {{ ref('segmentation_quality') }}

),

final as (

    select
        best.segmentation,
        best.k,
        cast(0 as int) as iteration,
        cast(null as double) as sse,
        false as is_finished,
        {{ prefixed('best', centroid_columns(8, 6)) }}
    from best
    inner join quality
        on
            best.segmentation = quality.segmentation
            and best.k = quality.k
    where best.part = 'all' and quality.is_used

)

select * from final
