{#-
  One row per searching customer and feature: the bin of the value, 1 up to the first limit, 2 up to the
  second … and 0 for unknown.
-#}
with

customers as (

    select * from {{ ref('int_rule_customers') }}
    where is_searching

),

edges as (

    select * from {{ ref('int_rule_edges') }}

),

numbers as (

    select
        customers.customer_no,
        cast(number_list.feature_no as int) as feature_no,
        number_list.number_value
    from customers
    {{ explode_array_with_position('customers.feature_values', 'number_list', 'number_value', 'feature_no') }}

),

known as (

    {{ as_of_left_join(
        left='numbers', right='edges', on=['feature_no'], left_time='number_value', right_time='edge_value',
        columns=['edge_no'], strict=true
    ) }}

),

final as (

    select
        -- key
        customer_no,
        feature_no,

        -- measures
        case when number_value is null then 0 else coalesce(edge_no, 0) + 1 end as bin
    from known

)

select * from final
