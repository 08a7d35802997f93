{#-
  One row per erasure request of this build and account that it covers: the account named, and all
  accounts and guests that are one person with it, as far as they were seen up to the request. Emptied
  again by int_erasure_suppressions.
-#}
with

requests as (

    select * from {{ ref('base_members__erasure_request_traces') }}
    where account_key is not null

),

build_date as (

    select * from {{ ref('int_build_date') }}

),

nodes as (

    select * from {{ ref('int_identity_accounts') }}

),

groups as (

    select * from {{ ref('int_identity_groups') }}

),

named as (

    select
        requests.request_id,
        requests.requested_at,
        requests.account_key,
        requests.root_key,
        requests.bare_key,
        groups.group_key,
        -- an account that registered after the request is another person's
        nodes.account_key is not null and coalesce(nodes.first_seen_at <= requests.requested_at, true) as is_known
    from requests
    cross join build_date
    left join groups on requests.account_key = groups.account_key
    left join nodes on requests.account_key = nodes.account_key
    where not build_date.is_past

),

others as (

    select
        named.request_id,
        named.requested_at,
        nodes.account_key,
        nodes.root_key,
        nodes.bare_key,
        true as is_known
    from named
    inner join groups
        on
            named.group_key = groups.group_key
            and named.account_key != groups.account_key
    inner join nodes on groups.account_key = nodes.account_key
    where named.is_known and coalesce(nodes.first_seen_at <= named.requested_at, true)

),

final as (

    select
        request_id,
        requested_at,
        account_key,
        root_key,
        bare_key,
        is_known
    from named
    union all
    select * from others

)

select * from final
