{#- One row per segmentation and number of clusters: how well the groups stand apart, and which number is used. -#}
with

points as (

    select * from {{ ref('int_cluster_points') }}
    where is_sampled

),

runs as (

    select * from {{ ref('int_cluster_best') }}
    where part = 'all'

),

stability as (

    select * from {{ ref('int_cluster_stability') }}

),

{{ cluster_silhouettes(
    keys=['segmentation', 'k'],
    points_join='points.segmentation = runs.segmentation',
    clusters=8,
    features=6
) }},

summed as (

    select
        segmentation,
        k,
        count(*) as customers,
        {{ stable_sum('distance') }} as sse,
        {{ stable_avg('silhouette') }} as silhouette,
        min(own_size) as smallest_cluster
    from silhouettes
    group by segmentation, k

),

rounded as (

    select
        summed.*,
        stability.adjusted_rand,
        {{ round_significant('summed.silhouette', 6) }} as rounded_silhouette,
        max(case when summed.k = 1 then summed.sse end) over (partition by summed.segmentation) as total_squares
    from summed
    left join stability
        on
            summed.segmentation = stability.segmentation
            and summed.k = stability.k

),

{% set chosen_k = var('clusters_k') | int -%}
ranked as (

    select
        *,
        row_number() over (
            partition by segmentation
            order by
                {%- if chosen_k > 0 %}
                abs(k - {{ chosen_k }}) asc,
                {%- else %}
                case when k between 2 and 6 then 0 else 1 end asc,
                {%- endif %}
                rounded_silhouette desc,
                k asc
        ) as choice_rank
    from rounded

),

final as (

    select
        -- key
        segmentation,
        cast(k as int) as k,

        -- attributes
        choice_rank = 1 as is_used,
        case
            when choice_rank != 1 then 'not used'
            when k = 1 then 'too few customers for groups'
            {%- if chosen_k > 0 %}
            when k = {{ chosen_k }} then 'set by var clusters_k'
            {%- endif %}
            else 'largest mean silhouette of 2 to 6 clusters'
        end as reason,
        coalesce(adjusted_rand, 0e0) >= 0.8e0 and silhouette >= 0.25e0 as is_trustworthy,

        -- measures
        customers,
        smallest_cluster,
        sse,
        1e0 - coalesce({{ safe_divide('sse', 'total_squares') }}, 0e0) as explained_share,
        silhouette,
        adjusted_rand
    from ranked

)

select * from final
