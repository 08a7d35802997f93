{#- One row per segmentation and number of clusters: how well the groups stand apart, and which number is used and why. -#}
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

rules as (

    select * from {{ ref('value_rules') }}

),

limits as (

    select
        max(case when rule = 'cluster_min_stability' then cast(value as double) end) as min_stability,
        max(case when rule = 'cluster_min_share' then cast(value as double) end) as min_share,
        max(case when rule = 'cluster_balance_share' then cast(value as double) end) as balance_share
    from rules

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
        stability.adjusted_rand_low,
        summed.smallest_cluster / cast(summed.customers as double) as smallest_share,
        1e0 - coalesce({{ safe_divide(
            'summed.sse', 'max(case when summed.k = 1 then summed.sse end) over (partition by summed.segmentation)'
        ) }}, 0e0) as explained_share
    from summed
    left join stability
        on
            summed.segmentation = stability.segmentation
            and summed.k = stability.k

),

-- 1. a number holds if resamples find the same groups and none is tiny; what it explains is set against how far
-- the groups stand apart
judged as (

    select
        rounded.*,
        limits.balance_share,
        {{ round_significant('rounded.explained_share * rounded.silhouette', 6) }} as balance,
        coalesce({{ round_significant('rounded.adjusted_rand', 6) }} >= limits.min_stability, false) as is_stable,
        rounded.smallest_share >= limits.min_share as is_large_enough
    from rounded
    cross join limits

),

held as (

    select
        *,
        k >= 3 and is_stable and is_large_enough as is_candidate,
        max(case when k >= 3 and is_stable and is_large_enough then balance end) over (partition by segmentation) as best_balance
    from judged

),

{% set chosen_k = var('clusters_k') | int -%}
-- 2. the fewest clusters that come near the best
ranked as (

    select
        *,
        coalesce(is_candidate and balance >= (1e0 - balance_share) * best_balance, false) as is_near_best,
        row_number() over (
            partition by segmentation
            order by
                {%- if chosen_k > 0 %}
                abs(k - {{ chosen_k }}) asc,
                {%- endif %}
                case
                    when is_candidate and balance >= (1e0 - balance_share) * best_balance then 0
                    when k = 2 then 1
                    else 2
                end asc,
                k asc
        ) as choice_rank
    from held

),

worded as (

    select
        *,
        {{ as_text('cast(balance as decimal(18, 3))') }} as balance_text,
        {{ as_text('cast(best_balance as decimal(18, 3))') }} as best_text,
        {{ as_text('cast(adjusted_rand as decimal(18, 2))') }} as stability_text,
        {{ as_text('cast(smallest_share * 100e0 as decimal(18, 1))') }} as share_text
    from ranked

),

final as (

    select
        -- key
        segmentation,
        cast(k as int) as k,

        -- attributes
        choice_rank = 1 as is_used,
        case
            {%- if chosen_k > 0 %}
            when choice_rank = 1 and k = {{ chosen_k }} then 'set by var clusters_k'
            {%- endif %}
            when k = 1 and choice_rank = 1 then 'too few customers for groups'
            when k = 1 then 'not used: no groups'
            when k = 2 and choice_rank = 1
                then 'no number from 3 to 8 is stable without a tiny group: the customers do not fall into groups, this is a cut along their main difference'
            when k = 2 then 'not used: two clusters only where no other number holds'
            when not is_stable then concat('not used: resamples find other groups, adjusted Rand ', coalesce(stability_text, 'unknown'))
            when not is_large_enough then concat('not used: the smallest cluster has ', share_text, ' % of the customers')
            when choice_rank = 1
                then concat('fewest stable clusters whose explained share times silhouette, ', balance_text, ', comes near the best, ', best_text)
            when is_near_best then concat('not used: fewer clusters come as near the best, explained share times silhouette ', balance_text)
            else concat('not used: explained share times silhouette ', balance_text, ', the best has ', best_text)
        end as reason,
        case
            {%- if chosen_k > 0 %}
            when choice_rank = 1 and k = {{ chosen_k }} then '由变量clusters_k指定'
            {%- endif %}
            when k = 1 and choice_rank = 1 then '客户太少，无法分群'
            when k = 1 then '未采用：不分群'
            when k = 2 and choice_rank = 1 then '3到8群均不稳定或含过小的群：客户并不自然成群，这只是沿主要差异的一刀切'
            when k = 2 then '未采用：仅当其他群数都不成立时才用两群'
            when not is_stable then concat('未采用：重抽样得到不同的群，调整兰德指数', coalesce(stability_text, '未知'))
            when not is_large_enough then concat('未采用：最小的群只占客户的', share_text, '%')
            when choice_rank = 1
                then concat('稳定的群数中最少、且解释比例与轮廓系数之积（', balance_text, '）接近最佳（', best_text, '）者')
            when is_near_best then concat('未采用：更少的群也同样接近最佳，解释比例与轮廓系数之积', balance_text)
            else concat('未采用：解释比例与轮廓系数之积', balance_text, '，最佳为', best_text)
        end as reason_zh,
        is_candidate and silhouette >= 0.25e0 as is_trustworthy,

        -- measures
        customers,
        smallest_cluster,
        smallest_share,
        sse,
        explained_share,
        silhouette,
        adjusted_rand,
        adjusted_rand_low
    from worded

)

select * from final
