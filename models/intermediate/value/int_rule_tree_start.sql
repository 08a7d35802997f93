{#- One row per target and searching customer: all of a target stand in the root of its tree. State 0 of int_rule_tree. -#}
with

classes as (

    select * from {{ ref('int_rule_classes') }}
    where is_searching

),

final as (

    select
        -- key
        target,
        customer_no,

        -- attributes
        class,
        1 as node_no,
        cast('' as string) as path
    from classes

)

select * from final
