{#-
  Guards the two answers: what is new to a customer was never bought by them, what is to buy again was.
  Products only: contents and services are told in tests of their own.
-#}
with

bought as (

    select
        order_lines.customer_id,
        {{ recommendation_product('order_lines') }} as item
    from {{ ref('order_lines') }} as order_lines
    where order_lines.customer_id is not null
    group by order_lines.customer_id, {{ recommendation_product('order_lines') }}

)

select
    recommendations.customer_id,
    recommendations.answer,
    recommendations.item
from {{ ref('customer_recommendations') }} as recommendations
left join bought
    on
        recommendations.customer_id = bought.customer_id
        and recommendations.item = bought.item
where
    recommendations.item_type = 'product'
    and (recommendations.answer = 'buy_again') != (bought.item is not null)
