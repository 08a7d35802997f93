{#- One row per person (customer, else account, guest or device) whom the data know, by number. -#}
{{ config(materialized='view') }}
with

identities as (

    select * from {{ ref('int_identities_numbered') }}

),

final as (

    select
        person_key,
        person_number
    from identities
    group by person_key, person_number

)

select * from final
