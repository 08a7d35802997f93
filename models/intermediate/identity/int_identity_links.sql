{#- One row per link that joins two accounts: the identifier that both carry, and since when the link is known. -#}
-- the graph that erased people have left
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

strong_links as (

    select * from {{ ref('int_identity_links_strong') }}

),

supporting_links as (

    select * from {{ ref('int_identity_links_supporting') }}

),

nodes as (

    select * from {{ ref('int_identity_accounts') }}

),

mentions as (

    select * from {{ ref('int_identity_mentions') }}

),

links as (

    select * from strong_links
    union all
    select * from supporting_links

),

final as (

    select
        nodes_a.account_key,
        nodes_b.account_key as other_account_key,
        links.identifier_type,
        links.identifier_key,
        greatest(
            coalesce(mentions_a.first_seen_at, mentions_b.first_seen_at),
            coalesce(mentions_b.first_seen_at, mentions_a.first_seen_at)
        ) as linked_at
    from links
    inner join nodes as nodes_a on links.node_a = nodes_a.node
    inner join nodes as nodes_b on links.node_b = nodes_b.node
    inner join mentions as mentions_a
        on
            links.identifier_key = mentions_a.identifier_key
            and nodes_a.account_key = mentions_a.account_key
    inner join mentions as mentions_b
        on
            links.identifier_key = mentions_b.identifier_key
            and nodes_b.account_key = mentions_b.account_key

)

select * from final
