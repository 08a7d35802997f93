{#-
  One row per order, attribution model and touch that shares in the order. An order of a person without
  consent to analytics shows no touch. A view: int_attribution_credits has the models side by side, a tenth of the bytes (a table on Spark).
-#}
{{ config(materialized=per_engine('view', 'table')) }}
{%- set inline = per_engine('not materialized', '') -%}
with

credits as {{ inline }} (

    select * from {{ ref('int_attribution_credits') }}

),

final as (

    {%- for model in attribution_models() %}
    select
        -- key
        order_id,
        '{{ model }}' as model,
        touchpoint_id,

        -- attributes
        customer_id,
        channel,
        campaign_id,

        -- measures
        credit_{{ model }} as credit,
        {{ cents_to_money('cents_' ~ model) }} as attributed_revenue,
        days_before as days_before_order,

        -- times
        occurred_at as touched_at,
        ordered_at,
        ordered_on
    from credits
    where credit_{{ model }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
