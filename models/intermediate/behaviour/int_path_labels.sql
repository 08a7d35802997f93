{#- One row per step of a kind of path, with the name that it is shown under: the rarer ones of a kind are (other). -#}
with

nodes as (

    select
        node_number,
        min(path_kind) as path_kind,
        min(node) as node
    from {{ ref('int_path_nodes') }}
    group by node_number

),

events as (

    select * from {{ ref('int_path_events') }}

),

counted as (

    select
        node_number,
        count(*) as events
    from events
    group by node_number

),

labelled as (

    select
        counted.node_number,
        nodes.path_kind,
        case
            when row_number() over (
                partition by nodes.path_kind
                order by counted.events desc, nodes.node asc
            ) <= {{ var('path_top_nodes') | int }} then nodes.node
            else '(other)'
        end as label
    from counted
    inner join nodes on counted.node_number = nodes.node_number

),

final as (

    select
        node_number,
        path_kind,
        label,
        cast(dense_rank() over (order by path_kind asc, label asc nulls first) as int) as label_number
    from labelled

)

select * from final
