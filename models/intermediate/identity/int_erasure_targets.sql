{#-
  One row per erasure request and account that it covers: all accounts and guests that are one person
  with the account named. Emptied again by int_erasure_suppressions.
-#}
with

requests as (

    select
        request_id,
        requested_at,
        {{ account_key() }} as account_key
    from {{ ref('base_members__erasure_requests') }}
    where row_status = 'accepted'

),

groups as (

    select * from {{ ref('int_identity_groups') }}

),

named as (

    select
        requests.request_id,
        requests.requested_at,
        requests.account_key,
        groups.group_key
    from requests
    left join groups on requests.account_key = groups.account_key

),

covered as (

    select
        request_id,
        requested_at,
        account_key
    from named
    union
    select
        named.request_id,
        named.requested_at,
        groups.account_key
    from named
    inner join groups on named.group_key = groups.group_key

)

select * from covered
