{#-
  One row per segmentation and cluster: its number (1 = largest) and its name, made of the features in
  which its centroid is farthest from the average: the first, and a second if it is half a standard
  deviation away.
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

sizes as (

    select
        segmentation,
        fit_cluster,
        count(*) as customers,
        min(customer_id) as first_customer_id
    from joined
    group by segmentation, fit_cluster

),

numbered as (

    select
        *,
        cast(row_number() over (
            partition by segmentation order by customers desc, first_customer_id asc
        ) as int) as cluster
    from sizes

),

means as (

    {%- for number in range(1, 7) %}

    select
        segmentation,
        fit_cluster,
        {{ number }} as feature_number,
        {{ stable_avg('f' ~ number) }} as mean_score
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
        case when rounded.rounded_score > 0 then features.high_en else features.low_en end as word_en,
        case when rounded.rounded_score > 0 then features.high_zh else features.low_zh end as word_zh,
        row_number() over (
            partition by rounded.segmentation, rounded.fit_cluster
            order by abs(rounded.rounded_score) desc, rounded.feature_number asc
        ) as word_rank,
        abs(rounded.rounded_score) >= 0.5e0 as is_far
    from rounded
    inner join features
        on
            rounded.segmentation = features.segmentation
            and rounded.feature_number = features.feature_number
    where rounded.rounded_score != 0

),

named as (

    select
        numbered.segmentation,
        numbered.fit_cluster,
        numbered.cluster,
        numbered.customers,
        coalesce({{ ordered_string_agg('ranked.word_en', ', ', 'ranked.word_rank') }}, 'average') as label_en,
        coalesce({{ ordered_string_agg('ranked.word_zh', '、', 'ranked.word_rank') }}, '中等') as label_zh
    from numbered
    left join ranked
        on
            numbered.segmentation = ranked.segmentation
            and numbered.fit_cluster = ranked.fit_cluster
            and (ranked.word_rank = 1 or ranked.word_rank = 2 and ranked.is_far)
    group by numbered.segmentation, numbered.fit_cluster, numbered.cluster, numbered.customers

),

-- two clusters of one name get a number behind it
counted as (

    select
        *,
        row_number() over (partition by segmentation, label_en order by cluster asc) as namesake_number
    from named

),

final as (

    select
        segmentation,
        fit_cluster,
        cluster,
        customers,
        concat(label_en, case when namesake_number > 1 then concat(' (', cast(namesake_number as string), ')') else '' end)
            as cluster_label,
        concat(label_zh, case when namesake_number > 1 then concat(' (', cast(namesake_number as string), ')') else '' end)
            as cluster_label_zh
    from counted

)

select * from final
