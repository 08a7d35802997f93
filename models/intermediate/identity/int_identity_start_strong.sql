{#- One row per linked account, and per direction of a link: the graph of the strong identifiers before the first round. -#}
with

links as (

    select
        node_a,
        node_b
    from {{ ref('int_identity_links_strong') }}
    group by node_a, node_b

)

{{ contraction_start('links') }}
