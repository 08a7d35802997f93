{#-
  One row: the reference date of this build, and whether it is one of the past. A build of the past reads the
  memories (register of customers, erasures, history of tags) and writes none of them.
-#}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

newest as (

    select
        max(build_number) as build_number,
        max_by(as_of, build_number) as newest_as_of
    from {{ ref('int_reference_dates') }}

),

final as (

    select
        reference_date.as_of,
        reference_date.as_of_at,
        newest.build_number,
        reference_date.as_of != newest.newest_as_of as is_past
    from reference_date
    cross join newest

)

select * from final
