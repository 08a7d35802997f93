{#- One row per erasure request that was carried out. A memory: appended to, kept by a full refresh. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false
) }}
with

targets as (

    select * from {{ ref('int_erasure_targets') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

final as (

    select
        targets.request_id,
        min(targets.requested_at) as requested_at,
        min(reference_date.as_of) as erased_as_of,
        count(*) as account_count
    from targets
    cross join reference_date
    {%- if is_incremental() %}
    anti join {{ this }} as carried_out on targets.request_id = carried_out.request_id
    {%- endif %}
    group by targets.request_id

)

select * from final
