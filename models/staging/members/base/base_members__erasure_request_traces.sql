{#-
  One row per erasure request and account that it names, in hashes; account_key null where it names none
  that can be read, or one that is erased already. A request without a readable time covers everything
  up to its delivery, or else the reference date: what cannot be read fails closed.
-#}
with

requests as (

    select * from (
        {{ base_table('erasure_requests', suppressions=known_suppressions()) }}
    ) as judged_requests
    where
        row_status != 'duplicate'
        and (request_id is not null or (source_system is not null and account_id is not null))

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

keyed as (

    select
        request_id,
        {{ account_key() }} as account_key,
        {{ account_root_key() }} as root_key,
        case when source_system is not null and account_id is not null then {{ bare_account_key('account_id') }} end as bare_key,
        {{ salted_hash(["'request'", 'source_system', 'account_id']) }} as unreadable_id,
        {{ seen_at('erasure_requests') }} as seen_at
    from requests

),

final as (

    select
        coalesce(keyed.request_id, concat('unreadable-', left(keyed.unreadable_id, 12))) as request_id,
        keyed.account_key,
        keyed.root_key,
        keyed.bare_key,
        max(coalesce(keyed.seen_at, reference_date.as_of_at)) as requested_at
    from keyed
    cross join reference_date
    group by
        coalesce(keyed.request_id, concat('unreadable-', left(keyed.unreadable_id, 12))),
        keyed.account_key,
        keyed.root_key,
        keyed.bare_key

)

select * from final
