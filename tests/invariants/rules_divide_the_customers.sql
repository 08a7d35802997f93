-- Guards that the rules of a target are total and free of overlap: each buyer meets exactly one of them.
{{ config(group='value') }}
with

rules as (

    select
        target,
        sum(customers) as customers
    from {{ ref('segment_rules') }}
    group by target

),

classes as (

    select
        target,
        count(*) as customers
    from {{ ref('int_rule_classes') }}
    group by target

)

select
    rules.target,
    rules.customers as customers_of_rules,
    classes.customers as customers_of_target
from rules
left join classes on rules.target = classes.target
where rules.customers != coalesce(classes.customers, 0)
