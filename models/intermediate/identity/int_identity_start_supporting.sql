{#- One row per strong group that a supporting identifier links, and per direction of a link. -#}
with

links as (

    select * from {{ ref('int_identity_links_supporting') }}

),

strong_groups as (

    select * from {{ ref('int_identity_groups_strong') }}

),

-- the strong groups are the nodes of this graph
labelled as (

    select
        coalesce(groups_a.label, links.node_a) as node_a,
        coalesce(groups_b.label, links.node_b) as node_b
    from links
    left join strong_groups as groups_a on links.node_a = groups_a.node
    left join strong_groups as groups_b on links.node_b = groups_b.node

),

group_links as (

    select
        node_a,
        node_b
    from labelled
    where node_a != node_b
    group by node_a, node_b

)

{{ contraction_start('group_links') }}
