{#-
  One row per target and inner node of its tree: the feature and the limit that divide it. A limit of null divides
  known values (right) from unknown ones (left).
-#}
with

tree as (

    select * from {{ ref('int_rule_tree') }}

),

edges as (

    select * from {{ ref('int_rule_edges') }}

),

leaves as (

    select
        target,
        node_no,
        max(path) as path
    from tree
    where path != ''
    group by target, node_no

),

-- the nodes above leaf n are n / 2, n / 4 …, as many as the path has parts
steps as (

    select
        leaves.target,
        {{ floor_divide('leaves.node_no', 'power(2e0, cardinality(' ~ split_text('leaves.path', ';') ~ ') - step_list.step_no + 1)') }} as node_no,
        {{ split_text('step_list.step', ':') }} as parts
    from leaves
    {{ explode_array_with_position(split_text('leaves.path', ';'), 'step_list', 'step', 'step_no') }}

),

splits as (

    select
        target,
        node_no,
        max(cast({{ array_get('parts', 1) }} as int)) as feature_no,
        max(cast({{ array_get('parts', 2) }} as int)) as edge_no
    from steps
    group by target, node_no

),

final as (

    select
        -- key
        splits.target,
        splits.node_no,

        -- attributes
        splits.feature_no,
        edges.edge_value
    from splits
    left join edges
        on
            splits.feature_no = edges.feature_no
            and splits.edge_no = edges.edge_no

)

select * from final
