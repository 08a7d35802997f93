{#-
  One row per erasure request: when it was carried out, and how many accounts and guests it covered (0: it
  names nobody that the data know, or somebody whom an earlier request has erased). A memory: appended
  to, kept by a full refresh.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}
with

requests as (

    select * from {{ ref('base_members__erasure_request_traces') }}

),

targets as (

    select * from {{ ref('int_erasure_targets') }}

),

sightings as (

    select root_key
    from {{ ref('int_erasure_sightings') }}
    where is_target
    group by root_key

),

build_date as (

    select * from {{ ref('int_build_date') }}

),

covered as (

    select
        targets.request_id,
        count(distinct targets.root_key) as account_count
    from targets
    left join sightings on targets.root_key = sightings.root_key
    where targets.is_known or sightings.root_key is not null
    group by targets.request_id

),

final as (

    select
        requests.request_id,
        min(coalesce(requests.requested_at, build_date.as_of_at)) as requested_at,
        min(build_date.as_of) as erased_as_of,
        coalesce(max(covered.account_count), 0) as account_count,
        -- counted when the run ends (macro count_erasure_residue)
        cast(null as bigint) as residue
    from requests
    cross join build_date
    left join covered on requests.request_id = covered.request_id
    {%- if is_incremental() %}
    anti join {{ this }} as carried_out on requests.request_id = carried_out.request_id
    {%- endif %}
    where not build_date.is_past
    group by requests.request_id

)

select * from final
