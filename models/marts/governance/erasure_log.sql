{#- One row per erasure request, with how many accounts it covered and what was left over when it was carried out. -#}
with

erasures as (

    select * from {{ ref('int_erasures') }}

),

final as (

    select
        -- key
        request_id,

        -- times
        requested_at,
        erased_as_of,

        -- measures
        cast(account_count as bigint) as accounts,
        residue
    from erasures

)

select * from final
