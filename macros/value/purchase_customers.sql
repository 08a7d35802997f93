{#-
  Body of a model: customers of a period beside the fitted parameters of their segment.
    period  history or calibration
    chosen  relation whose column `leaving_model` names the only purchase model wanted; default: all
-#}
{%- macro purchase_customers(period, chosen=none) -%}
with

customers as (

    select * from {{ ref('int_clv_customers') }}
    where period = '{{ period }}'

),

fits as (

    select * from {{ ref('int_clv_fits') }}
    where period = '{{ period }}'

),

{% if chosen is not none -%}
chosen as (

    select * from {{ chosen }}

),

{% endif -%}
purchase_fits as (

    select fits.*
    from fits
    {%- if chosen is not none %}
    inner join chosen on fits.model = chosen.leaving_model
    {%- else %}
    where fits.model in ('bg_nbd', 'mbg_nbd')
    {%- endif %}

),

spend_fits as (

    select * from fits
    where model = 'gamma_gamma'

),

-- where nobody has repeated there is no spend model: the mean of all orders has to serve
means as (

    select
        segment,
        {{ stable_sum('revenue') }} / sum(repeat_orders + 1) as mean_value
    from customers
    group by segment

),

valued as (

    select
        customers.*,
        purchase_fits.model,
        purchase_fits.parameter_1 as r,
        purchase_fits.parameter_2 as alpha,
        purchase_fits.parameter_3 as a,
        purchase_fits.parameter_4 as b,
        customers.revenue / (customers.repeat_orders + 1) as mean_order_value,
        coalesce(spend_fits.parameter_2 > 1.0001e0, false) as has_spend_model,
        means.mean_value as segment_mean_value,
        spend_fits.parameter_1 as spend_p,
        spend_fits.parameter_2 + spend_fits.parameter_1 * customers.repeat_orders as spend_shape,
        {{ expected_spend(
            'customers.repeat_orders', 'customers.repeat_value',
            'spend_fits.parameter_1', 'spend_fits.parameter_2', 'spend_fits.parameter_3'
        ) }} as model_order_value
    from customers
    inner join purchase_fits on customers.segment = purchase_fits.segment
    left join spend_fits on customers.segment = spend_fits.segment
    left join means on customers.segment = means.segment

),

final as (

    select
        -- key
        model,
        customer_id,

        -- attributes
        segment,
        observed_until,
        holdout_days,
        first_ordered_on,
        last_ordered_on,
        r,
        alpha,
        a,
        b,

        -- measures
        cast(repeat_orders as double) as repeat_orders,
        recency_weeks,
        age_weeks,
        repeat_value,
        revenue,
        mean_order_value,
        case
            when has_spend_model then 'gamma_gamma'
            else 'mean_of_orders'
        end as order_value_basis,
        greatest(case
            when has_spend_model then model_order_value
            -- own mean, drawn to the mean of all as if one order more had that value
            else (revenue + segment_mean_value) / (repeat_orders + 2)
        end, 0e0) as expected_order_value,
        -- how orders differ around a customer's mean, and how well that mean is known (money_square)
        case when has_spend_model then spend_p else 1e0 end as spend_p,
        case when has_spend_model then spend_shape else repeat_orders + 3e0 end as spend_shape,
        {{ probability_alive('model', 'repeat_orders', 'recency_weeks', 'age_weeks', 'r', 'alpha', 'a', 'b') }}
            as probability_alive,
        cast(holdout_orders as double) as holdout_orders,
        holdout_revenue
    from valued

)

select * from final
{%- endmacro -%}
