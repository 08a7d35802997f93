{#-
  One row per order, attribution model and touch that shares in the order. An order of a person without
  consent to analytics shows no touch: it leads to its customer, and so would what it shows.
-#}
{%- set halflife = var('attribution_halflife_days') | float -%}
{%- set models = {
    'first': 'case when touch_number = 1 then 1e0 else 0e0 end',
    'last': 'case when touch_number = touch_count then 1e0 else 0e0 end',
    'last_non_direct': 'case when touch_number = coalesce(last_marketing_number, touch_count) then 1e0 else 0e0 end',
    'linear': '1e0 / touch_count',
    'position': 'case when touch_count = 1 then 1e0 when touch_count = 2 then 0.5e0 '
        ~ 'when touch_number in (1, touch_count) then 0.4e0 else 0.2e0 / (touch_count - 2) end',
    'time_decay': 'decay / decay_total',
    'markov': 'case when effect_total > 0 then effect / channel_touches / effect_total '
        ~ 'else 1e0 / channel_count / channel_touches end',
    'shapley': '1e0 / channel_count / channel_touches',
} -%}
{%- set single_touch_models = ['first', 'last', 'last_non_direct'] -%}
{%- set inline = per_engine('not materialized', '') -%}
with

withheld as (

    select customer_id from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

journeys as {{ inline }} (

    select journeys.* from {{ ref('int_attribution_journeys') }} as journeys
    anti join withheld on journeys.person_key = withheld.customer_id

),

effects as (

    select * from {{ ref('int_markov_effects') }}

),

orders as {{ inline }} (

    select * from {{ ref('orders') }}

),

-- 1. what the models need to know of each touch
described as (

    select
        journeys.*,
        power(2e0, -journeys.days_before / {{ halflife }}e0) as decay,
        coalesce(effects.removal_effect, 0e0) as effect,
        count(*) over (partition by journeys.order_id, journeys.channel) as channel_touches,
        {{ count_distinct_over('journeys.channel', 'journeys.order_id') }} as channel_count,
        max(case when not journeys.is_direct then journeys.touch_number end) over (partition by journeys.order_id) as last_marketing_number
    from journeys
    left join effects on journeys.channel = effects.channel

),

with_totals as (

    select
        *,
        sum(decay) over (partition by order_id) as decay_total,
        sum(effect / channel_touches) over (partition by order_id) as effect_total
    from described

),

-- 2. each model's credit
credited as {{ inline }} (

    {%- for model, credit in models.items() %}
    select
        order_id,
        '{{ model }}' as model,
        touchpoint_id,
        channel,
        campaign_id,
        occurred_at,
        days_before,
        {{ credit }} as credit,
        {{ 'true' if model in single_touch_models else 'touch_count = 1' }} as takes_all
    from with_totals
    where {{ credit }} > 0
    union all
    {%- endfor %}
    select
        orders.order_id,
        models.model,
        '(none)' as touchpoint_id,
        '(unattributed)' as channel,
        cast(null as string) as campaign_id,
        cast(null as timestamp) as occurred_at,
        cast(null as double) as days_before,
        1e0 as credit,
        true as takes_all
    from orders
    {{ explode_array(array_of(["'" ~ models | join("', '") ~ "'"]), 'models', 'model') }}
    anti join journeys on orders.order_id = journeys.order_id

),

-- 3. revenue in whole cents; the cents that rounding leaves go to the largest remainders
with_cents as {{ inline }} (

    select
        credited.*,
        abs(cast(orders.net_revenue * 100 as bigint)) as order_cents
    from credited
    inner join orders on credited.order_id = orders.order_id

),

divided as (

    select
        order_id,
        model,
        touchpoint_id,
        channel,
        campaign_id,
        occurred_at,
        days_before,
        credit,
        order_cents,
        round(credit * order_cents, 6) as exact_cents
    from with_cents
    where not takes_all

),

ranked as (

    select
        *,
        order_cents - cast(sum(floor(exact_cents)) over (partition by order_id, model) as bigint) as cents_left,
        row_number() over (
            partition by order_id, model
            order by round(exact_cents - floor(exact_cents), 6) desc, touchpoint_id asc
        ) as remainder_rank
    from divided

),

shared_out as (

    select
        order_id,
        model,
        touchpoint_id,
        channel,
        campaign_id,
        occurred_at,
        days_before,
        credit,
        order_cents as touch_cents
    from with_cents
    where takes_all

    union all

    select
        order_id,
        model,
        touchpoint_id,
        channel,
        campaign_id,
        occurred_at,
        days_before,
        credit,
        cast(floor(exact_cents) as bigint) + case when remainder_rank <= cents_left then 1 else 0 end as touch_cents
    from ranked

),

final as (

    select
        -- key
        shared_out.order_id,
        shared_out.model,
        shared_out.touchpoint_id,

        -- attributes
        case when withheld.customer_id is null then orders.customer_id end as customer_id,
        shared_out.channel,
        shared_out.campaign_id,

        -- measures
        shared_out.credit,
        {{ cents_to_money('case when orders.net_revenue < 0 then -1 else 1 end * shared_out.touch_cents') }} as attributed_revenue,
        shared_out.days_before as days_before_order,

        -- times
        shared_out.occurred_at as touched_at,
        orders.ordered_at,
        orders.ordered_on
    from shared_out
    inner join orders on shared_out.order_id = orders.order_id
    left join withheld on orders.customer_id = withheld.customer_id

)

select * from final
