{#-
  One row per order and touch that shares in it, or order that nothing touched: what each attribution model gives it, as
  share of the order (credit_…) and in cents of its revenue (cents_…). An order of a person without consent to
  analytics shows no touch: it leads to its customer, and so would what it shows.
-#}
{%- set halflife = var('attribution_halflife_days') | float -%}
{%- set models = attribution_models() -%}
{%- set whole = ['first', 'last', 'last_non_direct'] -%}
{%- set inline = per_engine('not materialized', '') -%}
with

withheld as (

    select customer_id from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

orders as (

    select
        orders.order_id,
        case when withheld.customer_id is null then orders.customer_id end as customer_id,
        withheld.customer_id is not null as is_withheld,
        orders.net_revenue < 0 as is_negative,
        abs(cast(orders.net_revenue * 100 as bigint)) as order_cents,
        orders.ordered_at,
        orders.ordered_on
    from {{ ref('orders') }} as orders
    left join withheld on orders.customer_id = withheld.customer_id

),

journeys as (

    select * from {{ ref('int_attribution_journeys') }}

),

effects as (

    select * from {{ ref('int_markov_effects') }}

),

-- 1. what the models need to know of each touch
described as (

    select
        orders.order_id,
        orders.customer_id,
        orders.is_negative,
        orders.order_cents,
        orders.ordered_at,
        orders.ordered_on,
        coalesce(journeys.touchpoint_id, '(none)') as touchpoint_id,
        coalesce(journeys.channel, '(unattributed)') as channel,
        journeys.campaign_id,
        journeys.occurred_at,
        journeys.days_before,
        journeys.is_direct,
        coalesce(journeys.touch_number, 1) as touch_number,
        coalesce(journeys.touch_count, 1) as touch_count,
        power(2e0, -coalesce(journeys.days_before, 0e0) / {{ halflife }}e0) as decay,
        coalesce(effects.removal_effect, 0e0) as effect
    from orders
    left join journeys on orders.order_id = journeys.order_id and not orders.is_withheld
    left join effects on journeys.channel = effects.channel

),

single as (

    select
        described.*,
        {%- for model in models %}
        1e0 as credit_{{ model }},
        described.order_cents as cents_{{ model }}{{ ',' if not loop.last }}
        {%- endfor %}
    from described
    where described.touch_count = 1

),

-- 2. most orders have one touch: only the others are shared out
several as (

    select
        *,
        count(*) over (partition by order_id, channel) as channel_touches,
        {{ count_distinct_over('channel', 'order_id') }} as channel_count,
        max(case when not is_direct then touch_number end) over (partition by order_id) as last_marketing_number,
        row_number() over (partition by order_id order by touchpoint_id asc) as id_rank
    from described
    where touch_count > 1

),

with_totals as (

    select
        *,
        sum(decay) over (partition by order_id) as decay_total,
        sum(effect / channel_touches) over (partition by order_id) as effect_total
    from several

),

credited as (

    select
        *,
        case when touch_number = 1 then 1e0 else 0e0 end as credit_first,
        case when touch_number = touch_count then 1e0 else 0e0 end as credit_last,
        case when touch_number = coalesce(last_marketing_number, touch_count) then 1e0 else 0e0 end as credit_last_non_direct,
        1e0 / touch_count as credit_linear,
        case
            when touch_count = 2 then 0.5e0
            when touch_number in (1, touch_count) then 0.4e0
            else 0.2e0 / (touch_count - 2)
        end as credit_position,
        decay / decay_total as credit_time_decay,
        case
            when effect_total > 0 then effect / channel_touches / effect_total
            else 1e0 / channel_count / channel_touches
        end as credit_markov,
        1e0 / channel_count / channel_touches as credit_shapley
    from with_totals

),

-- 3. revenue in whole cents; the cents that rounding leaves go to the largest remainders
divided as (

    select
        *,
        {%- for model in models if model not in whole %}
        round(credit_{{ model }} * order_cents, 6) as exact_{{ model }}{{ ',' if not loop.last }}
        {%- endfor %}
    from credited

),

ranked as (

    select
        *,
        {%- for model in models if model not in whole %}
        order_cents - cast(sum(floor(exact_{{ model }})) over (partition by order_id) as bigint) as left_{{ model }},
        row_number() over (
            partition by order_id
            order by
                case when credit_{{ model }} > 0 then round(exact_{{ model }} - floor(exact_{{ model }}), 6) else -1e0 end desc,
                id_rank asc
        ) as rank_{{ model }}{{ ',' if not loop.last }}
        {%- endfor %}
    from divided

),

shared_out as (

    select
        *,
        {%- for model in models %}
        {%- if model in whole %}
        case when credit_{{ model }} > 0 then order_cents else 0 end as cents_{{ model }}{{ ',' if not loop.last }}
        {%- else %}
        cast(floor(exact_{{ model }}) as bigint)
        + case when rank_{{ model }} <= left_{{ model }} then 1 else 0 end as cents_{{ model }}{{ ',' if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from ranked

),

final as (

    {%- for part in ['single', 'shared_out'] %}
    select
        -- key
        order_id,
        touchpoint_id,

        -- attributes
        customer_id,
        channel,
        campaign_id,

        -- measures
        days_before,
        {%- for model in models %}
        credit_{{ model }},
        case when is_negative then -cents_{{ model }} else cents_{{ model }} end as cents_{{ model }},
        {%- endfor %}

        -- times
        occurred_at,
        ordered_at,
        ordered_on
    from {{ part }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
