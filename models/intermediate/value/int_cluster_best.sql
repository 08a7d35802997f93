{#- One row per segmentation, part and number of clusters: the run with the smallest sum of squares. -#}
with

runs as (

    select * from {{ ref('int_cluster_runs') }}

),

rounded as (

    select
        *,
        {{ round_significant('sse', 6) }} as rounded_sse
    from runs

),

ranked as (

    select
        *,
        row_number() over (
            partition by segmentation, part, k order by rounded_sse asc, start_number asc
        ) as run_rank
    from rounded

),

final as (

    select
        segmentation,
        part,
        k,
        start_number,
        iteration,
        sse,
        {{ centroid_columns(8, 6) | join(', ') }}
    from ranked
    where run_rank = 1

)

select * from final
