{#-
  Pieces of the identity graph (docs/identity.md). Nodes are accounts and guests; an identifier that
  several of them carry links each one with the smallest; groups are the connected components.
-#}


{#- Key of a typed identifier: salted and hashed. A device has the same key as in int_device_owners. -#}
{% macro identifier_key(identifier_type, identifier_value) -%}
    {{ salted_hash(["replace(" ~ identifier_type ~ ", 'device_id', 'device')", identifier_value]) }}
{%- endmacro %}


{#- Key of a trait by which two people can be told apart; null without a value. -#}
{% macro trait_key(trait_form, trait_value) -%}
    case when {{ trait_value }} is not null then {{ salted_hash(["'trait'", "'" ~ trait_form ~ "'", trait_value]) }} end
{%- endmacro %}


{#-
  Select of the identifiers that may not join because the people they would join contradict each
  other: two birth dates, two names, two loyalty cards … (seed identity_rules, contradicted_by).
  A group found so far speaks with the value that most of its accounts give.
    groups    relation (node, label), none while every account stands alone
    strength  which identifiers are judged: strong or supporting
-#}
{% macro contradicted_identifiers(groups, strength) -%}
    with

    accounts as (

        select
            accounts.account_key,
            {{ 'coalesce(found.label, accounts.node)' if groups else 'accounts.node' }} as label
        from {{ ref('int_identity_accounts') }} as accounts
        {%- if groups %}
        left join {{ groups }} as found on accounts.node = found.node
        {%- endif %}

    ),

    rules as (

        select * from {{ ref('identity_rules') }}
        where strength = '{{ strength }}' and contradicted_by != 'none'

    ),

    -- only identifiers that would join something
    candidates as (

        select
            identifiers.identifier_key,
            rules.contradicted_by
        from {{ ref('int_identity_identifiers') }} as identifiers
        inner join rules on identifiers.identifier_type = rules.identifier_type
        where identifiers.blocked_reason is null and identifiers.carrier_count > 1

    ),

    carriers as (

        select
            mentions.identifier_key,
            candidates.contradicted_by,
            accounts.label
        from {{ ref('int_identity_mentions') }} as mentions
        inner join candidates on mentions.identifier_key = candidates.identifier_key
        inner join accounts on mentions.account_key = accounts.account_key
        group by mentions.identifier_key, candidates.contradicted_by, accounts.label

    ),

    trait_counts as (

        select
            accounts.label,
            traits.trait,
            traits.trait_form,
            traits.trait_key,
            count(*) as account_count
        from {{ ref('int_identity_traits') }} as traits
        inner join accounts on traits.account_key = accounts.account_key
        group by accounts.label, traits.trait, traits.trait_form, traits.trait_key

    ),

    trait_ranks as (

        select
            *,
            row_number() over (
                partition by label, trait_form
                order by account_count desc, trait_key asc
            ) as trait_rank
        from trait_counts

    ),

    compared as (

        select
            carriers.identifier_key,
            trait_ranks.trait,
            trait_ranks.trait_form
        from carriers
        inner join trait_ranks
            on
                carriers.label = trait_ranks.label
                and trait_ranks.trait_rank = 1
        where
            concat('|', carriers.contradicted_by, '|') like concat('%|', trait_ranks.trait, '|%')
            and (trait_ranks.trait != 'repeated_email' or trait_ranks.account_count > 1)
        group by carriers.identifier_key, trait_ranks.trait, trait_ranks.trait_form
        having count(distinct trait_ranks.trait_key) > 1

    )

    select
        identifier_key,
        min(trait) as contradiction
    from compared
    group by identifier_key
{%- endmacro %}


{#-
  Select of the links that identifiers of one strength make: each carrier with the smallest one.
  Columns: identifier_key, identifier_type, node_a (the smallest), node_b.
    contradicted  relation (identifier_key) of identifiers that may not join
-#}
{% macro identifier_links(strength, contradicted) -%}
    with

    identifiers as (

        select
            identifier_key,
            identifier_type
        from {{ ref('int_identity_identifiers') }} as identifiers
        anti join {{ contradicted }} as contradicted on identifiers.identifier_key = contradicted.identifier_key
        where strength = '{{ strength }}' and blocked_reason is null and carrier_count > 1

    ),

    carriers as (

        select
            identifiers.identifier_key,
            identifiers.identifier_type,
            accounts.node,
            min(accounts.node) over (partition by identifiers.identifier_key) as first_node
        from {{ ref('int_identity_mentions') }} as mentions
        inner join identifiers on mentions.identifier_key = identifiers.identifier_key
        inner join {{ ref('int_identity_accounts') }} as accounts on mentions.account_key = accounts.account_key

    )

    select
        identifier_key,
        identifier_type,
        first_node as node_a,
        node as node_b
    from carriers
    where node != first_node
{%- endmacro %}


{#-
  State 0 of a contraction: every node its own label, and the links in both directions.
  Columns: row_kind (0 label, 1 link), node, label, round_number. Label of a link: its other end.
    links  relation or CTE (node_a, node_b)
-#}
{% macro contraction_start(links) -%}
    select
        1 as row_kind,
        node_a as node,
        node_b as label,
        0 as round_number
    from {{ links }}
    union all
    select
        1 as row_kind,
        node_b as node,
        node_a as label,
        0 as round_number
    from {{ links }}
    union all
    select
        0 as row_kind,
        node,
        node as label,
        0 as round_number
    from (
        select node_a as node from {{ links }}
        union
        select node_b as node from {{ links }}
    ) as linked_nodes
{%- endmacro %}


{#-
  One round of contraction in hash order: every node hooks onto the neighbour that comes first in an
  order drawn anew each round, follows that one's hook once more, and the links move along. Links
  within one label disappear; the run ends when none is left. Nodes that remain shrink to a third
  or less a round, also along chains. The order decides only how many rounds it takes: the groups
  are the same in any.
    state  relation of the previous state, as ref() of the init model
-#}
{% macro contraction_step(state) -%}
    with

    links as (

        select
            node,
            label as neighbour,
            round_number
        from {{ state }}
        where row_kind = 1

    ),

    first_neighbours as (

        select
            node,
            {{ row_fingerprint(['node', 'round_number']) }} as own_place,
            min({{ row_fingerprint(['neighbour', 'round_number']) }}) as best_place,
            min_by(neighbour, {{ row_fingerprint(['neighbour', 'round_number']) }}) as best_neighbour
        from links
        group by node, round_number

    ),

    hooks as (

        select
            node,
            case when best_place < own_place then best_neighbour else node end as hook
        from first_neighbours

    ),

    jumps as (

        select
            hooks.node,
            second_hooks.hook
        from hooks
        inner join hooks as second_hooks on hooks.hook = second_hooks.node

    ),

    moved_links as (

        select
            start_jumps.hook as node,
            end_jumps.hook as label,
            links.round_number + 1 as round_number
        from links
        inner join jumps as start_jumps on links.node = start_jumps.node
        inner join jumps as end_jumps on links.neighbour = end_jumps.node
        where start_jumps.hook != end_jumps.hook
        group by start_jumps.hook, end_jumps.hook, links.round_number

    ),

    labels as (

        select
            states.node,
            coalesce(jumps.hook, states.label) as label,
            states.round_number + 1 as round_number
        from {{ state }} as states
        left join jumps on states.label = jumps.node
        where states.row_kind = 0

    )

    select
        1 as row_kind,
        node,
        label,
        round_number
    from moved_links
    union all
    select
        0 as row_kind,
        node,
        label,
        round_number
    from labels
{%- endmacro %}
