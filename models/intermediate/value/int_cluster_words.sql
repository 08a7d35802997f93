{#-
  One row per segmentation, cluster and feature in which its centroid is not average: the word for it, and
  its rank by the distance.
-#}
with

points as (

    select * from {{ ref('int_cluster_points') }}

),

members as (

    select * from {{ ref('int_cluster_members') }}

),

features as (

    select * from {{ ref('cluster_features') }}

),

joined as (

    select
        members.fit_cluster,
        points.*
    from members
    inner join points
        on
            members.segmentation = points.segmentation
            and members.customer_id = points.customer_id

),

means as (

    {%- for number in range(1, 7) %}

    select
        segmentation,
        fit_cluster,
        {{ number }} as feature_number,
        {{ stable_avg('f' ~ number) }} as mean_score,
        {{ stable_avg('v' ~ number) }} as mean_value
    from joined
    group by segmentation, fit_cluster
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rounded as (

    select
        *,
        {{ round_significant('mean_score', 6) }} as rounded_score
    from means

),

ranked as (

    select
        rounded.segmentation,
        rounded.fit_cluster,
        rounded.feature_number,
        rounded.rounded_score,
        rounded.mean_value,
        features.label_en as feature_en,
        features.label_zh as feature_zh,
        case when rounded.rounded_score > 0 then features.high_en else features.low_en end as word_en,
        case when rounded.rounded_score > 0 then features.high_zh else features.low_zh end as word_zh,
        row_number() over (
            partition by rounded.segmentation, rounded.fit_cluster
            order by abs(rounded.rounded_score) desc, rounded.feature_number asc
        ) as word_rank,
        abs(rounded.rounded_score) >= 0.5e0 as is_far,
        abs(rounded.rounded_score) >= 0.25e0 as is_worth_a_word
    from rounded
    inner join features
        on
            rounded.segmentation = features.segmentation
            and rounded.feature_number = features.feature_number
    where rounded.rounded_score != 0

),

final as (

    select
        segmentation,
        fit_cluster,
        feature_number,
        feature_en,
        feature_zh,
        word_en,
        word_zh,
        cast(word_rank as int) as word_rank,
        is_far,
        is_worth_a_word,
        rounded_score,
        mean_value
    from ranked

)

select * from final
