{#-
  One row per basis, month and pair of stages: customers who were in the one at the end of the month
  before and in the other at the end of the month. `(none)` stands before a customer was first seen.
-#}
with

lifecycle as (

    select * from {{ ref('customer_lifecycle') }}

),

final as (

    select
        -- key
        basis,
        month,
        previous_stage as from_stage,
        stage as to_stage,

        -- attributes
        is_complete,

        -- measures
        count(*) as customers
    from lifecycle
    group by basis, month, previous_stage, stage, is_complete

)

select * from final
