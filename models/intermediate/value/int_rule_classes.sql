{#- One row per target and buyer with consent to analytics: the class that the rules of the target should find. -#}
with

customers as (

    select
        customer_no,
        customer_id,
        is_searching
    from {{ ref('int_rule_customers') }}

),

scores as (

    select
        customer_id,
        business_group
    from {{ ref('customer_rfm') }}

),

segments as (

    select
        customer_id,
        cluster
    from {{ ref('customer_segments') }}
    where segmentation = 'buyers'

),

lifetime_values as (

    select
        customer_id,
        value_tier,
        probability_alive
    from {{ ref('customer_clv') }}

),

final as (

    select
        'value_segment' as target,
        customers.customer_no,
        customers.is_searching,
        scores.business_group as class
    from customers
    inner join scores on customers.customer_id = scores.customer_id
    union all
    select
        'cluster' as target,
        customers.customer_no,
        customers.is_searching,
        {{ as_text('segments.cluster') }} as class
    from customers
    inner join segments on customers.customer_id = segments.customer_id
    union all
    select
        'high_clv' as target,
        customers.customer_no,
        customers.is_searching,
        case when lifetime_values.value_tier = 'high' then 'yes' else 'no' end as class
    from customers
    inner join lifetime_values on customers.customer_id = lifetime_values.customer_id
    union all
    select
        'churn_risk' as target,
        customers.customer_no,
        customers.is_searching,
        case when lifetime_values.probability_alive < 0.5e0 then 'yes' else 'no' end as class
    from customers
    inner join lifetime_values on customers.customer_id = lifetime_values.customer_id
    where lifetime_values.probability_alive is not null

)

select
    target,
    customer_no,
    is_searching,
    class
from final
where class is not null
