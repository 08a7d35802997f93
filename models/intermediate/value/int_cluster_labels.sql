{#-
  One row per segmentation and cluster: its number (1 = largest) and its name, made of the features in
  which its centroid is farthest from the average: the first, a second if it is half a standard deviation
  away, and as many more as it takes that no other cluster has the same name. Where words do not tell two
  apart, the mean of the feature in which they differ most stands behind.
-#}
with

members as (

    select * from {{ ref('int_cluster_members') }}

),

ranked as (

    select * from {{ ref('int_cluster_words') }}

),

sizes as (

    select
        segmentation,
        fit_cluster,
        count(*) as customers,
        min(customer_id) as first_customer_id
    from members
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

-- 1. names of one word, of two …: words that are true, and the first in any case
worded as (

    select
        ranked.*,
        depth_list.depth
    from ranked
    inner join {{ number_series(1, 6, 'depth') }} as depth_list on ranked.word_rank <= depth_list.depth
    where ranked.word_rank = 1 or ranked.is_worth_a_word

),

candidates as (

    select
        segmentation,
        fit_cluster,
        depth,
        max(case when word_rank = 2 and is_far then 2 else 1 end) as least_depth,
        {{ ordered_string_agg('word_en', ', ', 'word_rank') }} as label_en,
        {{ ordered_string_agg('word_zh', '、', 'word_rank') }} as label_zh,
        -- the same words in another order are the same name
        {{ ordered_string_agg('word_en', ', ', 'feature_number') }} as words
    from worded
    group by segmentation, fit_cluster, depth

),

least_depths as (

    select
        segmentation,
        fit_cluster,
        max(least_depth) as least_depth
    from candidates
    group by segmentation, fit_cluster

),

shared as (

    select
        candidates.*,
        candidates.depth >= least_depths.least_depth as is_long_enough,
        count(*) over (partition by candidates.segmentation, candidates.depth, candidates.words) as namesakes
    from candidates
    inner join least_depths
        on
            candidates.segmentation = least_depths.segmentation
            and candidates.fit_cluster = least_depths.fit_cluster

),

-- 2. the shortest that nobody shares; else the longest
picked as (

    select
        *,
        row_number() over (
            partition by segmentation, fit_cluster
            order by
                case when namesakes = 1 then 0 else 1 end asc,
                case when namesakes = 1 then depth else -depth end asc
        ) as pick_rank
    from shared
    where is_long_enough

),

-- 3. what tells the remaining namesakes apart
spreads as (

    select
        picked.segmentation,
        picked.fit_cluster,
        ranked.feature_number,
        ranked.feature_en,
        ranked.feature_zh,
        ranked.mean_value,
        max(ranked.rounded_score) over (partition by picked.segmentation, picked.words, ranked.feature_number)
        - min(ranked.rounded_score) over (partition by picked.segmentation, picked.words, ranked.feature_number) as spread
    from picked
    inner join ranked
        on
            picked.segmentation = ranked.segmentation
            and picked.fit_cluster = ranked.fit_cluster
    where picked.pick_rank = 1 and picked.namesakes > 1

),

widest as (

    select
        *,
        row_number() over (
            partition by segmentation, fit_cluster order by spread desc, feature_number asc
        ) as spread_rank
    from spreads

),

named as (

    select
        numbered.segmentation,
        numbered.fit_cluster,
        numbered.cluster,
        numbered.customers,
        concat(
            coalesce(picked.label_en, 'average'),
            case
                when widest.feature_en is not null
                    then concat(' (', widest.feature_en, ' ', {{ as_text('cast(widest.mean_value as decimal(18, 2))') }}, ')')
                else ''
            end
        ) as label_en,
        concat(
            coalesce(picked.label_zh, '中等'),
            case
                when widest.feature_zh is not null
                    then concat('（', widest.feature_zh, {{ as_text('cast(widest.mean_value as decimal(18, 2))') }}, '）')
                else ''
            end
        ) as label_zh
    from numbered
    left join picked
        on
            numbered.segmentation = picked.segmentation
            and numbered.fit_cluster = picked.fit_cluster
            and picked.pick_rank = 1
    left join widest
        on
            numbered.segmentation = widest.segmentation
            and numbered.fit_cluster = widest.fit_cluster
            and widest.spread_rank = 1

),

-- clusters that nothing tells apart get a number behind their name
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
