{#-
  What to show whom? For every item the customers for whom it stands in the first three places, whom of
  them we may write to, and one of the reasons.
-#}
with

recommendations as (

    select * from {{ ref('customer_recommendations') }}
    where rank <= 3

),

customers as (

    select * from {{ ref('customers') }}

),

performance as (

    select * from {{ ref('recommendation_performance') }}
    where k = 10 and is_published

),

final as (

    select
        recommendations.item_type,
        recommendations.answer,
        recommendations.item_label,
        recommendations.category,
        count(*) as customers,
        count(case when customers.has_marketing_consent then 1 end) as customers_we_may_write_to,
        max(performance.model) as published_model,
        max(performance.verdict) as verdict,
        max_by(recommendations.reason, recommendations.score) as strongest_reason
    from recommendations
    inner join customers on recommendations.customer_id = customers.customer_id
    left join performance
        on
            recommendations.item_type = performance.item_type
            and recommendations.answer = performance.answer
    group by
        recommendations.item_type, recommendations.answer, recommendations.item_label, recommendations.category

)

select * from final
order by item_type asc, answer desc, customers desc, item_label asc
