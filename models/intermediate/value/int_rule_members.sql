{#-
  One row per target, leaf of its tree and class: how many buyers fall there, those who searched for the rules and those
  who judge them. Everybody walks down the tree, three steps at most.
-#}
with

customers as (

    select * from {{ ref('int_rule_customers') }}

),

classes as (

    select * from {{ ref('int_rule_classes') }}

),

splits as (

    select * from {{ ref('int_rule_splits') }}

),

depth_0 as (

    select
        classes.target,
        classes.class,
        classes.is_searching,
        customers.feature_values,
        cast(1 as bigint) as node_no
    from classes
    inner join customers on classes.customer_no = customers.customer_no

),

{% for depth in range(1, 4) -%}
{%- set number_value = array_get('above.feature_values', 'splits.feature_no') -%}
depth_{{ depth }} as (

    select
        above.target,
        above.class,
        above.is_searching,
        above.feature_values,
        case
            when splits.node_no is null then above.node_no
            when {{ number_value }} > splits.edge_value or ({{ number_value }} is not null and splits.edge_value is null)
                then 2 * above.node_no + 1
            else 2 * above.node_no
        end as node_no
    from depth_{{ depth - 1 }} as above
    left join splits
        on
            above.target = splits.target
            and above.node_no = splits.node_no

),

{% endfor -%}
final as (

    select
        -- key
        target,
        node_no,
        class,

        -- measures
        count(*) as customers,
        count(case when is_searching then 1 end) as searching_customers,
        count(case when not is_searching then 1 end) as judging_customers
    from depth_3
    group by target, node_no, class

)

select * from final
