{#- Guards consent: nobody receives recommendations without consent to analytics and to personalisation. -#}
select
    recommendations.customer_id,
    customers.has_analytics_consent,
    customers.has_personalisation_consent
from {{ ref('customer_recommendations') }} as recommendations
left join {{ ref('customers') }} as customers on recommendations.customer_id = customers.customer_id
where not coalesce(customers.has_analytics_consent and customers.has_personalisation_consent, false)
group by recommendations.customer_id, customers.has_analytics_consent, customers.has_personalisation_consent
