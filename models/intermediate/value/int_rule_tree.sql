{#-
  One row per target and searching customer: the leaf of a decision tree of depth three, and the way to it. One step splits every leaf
  at the feature and limit that lower Gini's impurity most: the children of node n are 2n (at most the limit, or
  unknown) and 2n + 1. A split leaves 2 % of the customers on each side, 20 at least and never fewer than may be
  published, and explains at least 0.5 % of the impurity of the root. `path` has `feature:limit:side` for each split.
-#}
{{ config(
    materialized='iterate',
    init_model='int_rule_tree_start',
    metric_sql='select count(*) from {next} as next_state inner join {prev} as prev_state
        on next_state.target = prev_state.target and next_state.customer_no = prev_state.customer_no
        where next_state.node_no != prev_state.node_no',
    max_iterations=3,
    on_max='ignore'
) }}
with

previous as (

    select * from {{ ref('int_rule_tree_start') }}

),

points as (

    select * from {{ ref('int_rule_points') }}

),

features as (

    select * from {{ ref('segment_rule_features') }}

),

-- 1. how many of each class stand in each bin; a leaf that found no split finds none again
class_totals as (

    select
        target,
        class,
        count(*) as customers
    from previous
    group by target, class

),

roots as (

    select
        target,
        sum(customers) as customers,
        sum(customers) - sum(cast(customers as double) * customers) / sum(customers) as impurity
    from class_totals
    group by target

),

node_classes as (

    select
        target,
        node_no,
        class,
        count(*) as customers
    from previous
    group by target, node_no, class

),

nodes as (

    select
        node_classes.target,
        node_classes.node_no,
        sum(node_classes.customers) as customers,
        sum(cast(node_classes.customers as double) * node_classes.customers) as squares,
        max(roots.impurity) as root_impurity,
        greatest(20, {{ var('k_anonymity') | int }}, ceil(0.02e0 * max(roots.customers))) as least_customers
    from node_classes
    inner join roots on node_classes.target = roots.target
    group by node_classes.target, node_classes.node_no

),

bin_counts as (

    select
        previous.target,
        previous.node_no,
        points.feature_no,
        points.bin,
        previous.class,
        count(*) as customers
    from previous
    inner join points on previous.customer_no = points.customer_no
    group by previous.target, previous.node_no, points.feature_no, points.bin, previous.class

),

bins as (

    select
        target,
        node_no,
        feature_no,
        bin
    from bin_counts
    group by target, node_no, feature_no, bin

),

-- 2. for every limit, the classes on its left
left_counts as (

    select
        bins.target,
        bins.node_no,
        bins.feature_no,
        bins.bin,
        node_classes.class,
        node_classes.customers as node_customers,
        sum(coalesce(bin_counts.customers, 0)) over (
            partition by bins.target, bins.node_no, bins.feature_no, node_classes.class
            order by bins.bin asc
            rows between unbounded preceding and current row
        ) as left_customers
    from bins
    inner join node_classes
        on
            bins.target = node_classes.target
            and bins.node_no = node_classes.node_no
    left join bin_counts
        on
            bins.target = bin_counts.target
            and bins.node_no = bin_counts.node_no
            and bins.feature_no = bin_counts.feature_no
            and bins.bin = bin_counts.bin
            and node_classes.class = bin_counts.class

),

sides as (

    select
        target,
        node_no,
        feature_no,
        bin,
        sum(left_customers) as left_customers,
        sum(node_customers) - sum(left_customers) as right_customers,
        sum(cast(left_customers as double) * left_customers) as left_squares,
        sum(cast(node_customers - left_customers as double) * (node_customers - left_customers)) as right_squares
    from left_counts
    group by target, node_no, feature_no, bin

),

gains as (

    select
        sides.target,
        sides.node_no,
        sides.feature_no,
        sides.bin,
        nodes.root_impurity,
        {{ safe_divide('sides.left_squares', 'sides.left_customers') }}
        + {{ safe_divide('sides.right_squares', 'sides.right_customers') }}
        - {{ safe_divide('nodes.squares', 'nodes.customers') }} as gain
    from sides
    inner join nodes
        on
            sides.target = nodes.target
            and sides.node_no = nodes.node_no
    inner join features on sides.feature_no = features.feature_no
    where
        sides.left_customers >= nodes.least_customers
        and sides.right_customers >= nodes.least_customers
        and coalesce(features.not_for, '') != sides.target

),

splits as (

    select
        target,
        node_no,
        feature_no,
        bin
    from gains
    where gain >= 0.005e0 * root_impurity and root_impurity > 0
    qualify row_number() over (
        partition by target, node_no
        order by {{ round_significant('gain', 9) }} desc, feature_no asc, bin asc
    ) = 1

),

-- 3. the next level
final as (

    select
        -- key
        previous.target,
        previous.customer_no,

        -- attributes
        previous.class,
        case
            when splits.bin is null then previous.node_no
            when points.bin <= splits.bin then 2 * previous.node_no
            else 2 * previous.node_no + 1
        end as node_no,
        case
            when splits.bin is null then previous.path
            else concat(
                previous.path, case when previous.path = '' then '' else ';' end,
                {{ as_text('splits.feature_no') }}, ':', {{ as_text('splits.bin') }}, ':',
                case when points.bin <= splits.bin then 'l' else 'r' end
            )
        end as path
    from previous
    left join splits
        on
            previous.target = splits.target
            and previous.node_no = splits.node_no
    left join points
        on
            previous.customer_no = points.customer_no
            and splits.feature_no = points.feature_no

)

select * from final
