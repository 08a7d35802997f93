{#-
  One row per reference date that was the newest when a build had it: a memory, appended to and kept by a
  full refresh. A build with var as_of before the last of them is one of the past.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false
) }}
with

reference_date as (

    select as_of from {{ ref('stg_commerce__as_of') }}

),

known as (

    {%- if is_incremental() %}

    select
        max(build_number) as build_number,
        max_by(as_of, build_number) as as_of
    from {{ this }}
    {%- else %}

    select
        cast(null as bigint) as build_number,
        cast(null as date) as as_of
    {%- endif %}

),

final as (

    select
        cast(coalesce(known.build_number, 0) + 1 as bigint) as build_number,
        reference_date.as_of
    from reference_date
    cross join known
    where
        known.as_of is null
        -- a date that the data give may also lie before the last one: an order of the future was corrected
        or known.as_of {{ '<' if var('as_of') | string | trim != '' else '!=' }} reference_date.as_of

)

select * from final
