{#-
  One row per goal and combination of factor levels: visits that were exposed to the goal, and those
  that reached it. Robots are left out.
-#}
{%- set factors = [
    'page_load', 'device', 'entry_source', 'page_error', 'checkout_error', 'promotion', 'daypart', 'weekend',
    'products_viewed', 'store_visit_before', 'associate_before', 'orders_before', 'variant',
] -%}
with

sessions as (

    select
        *,
        coalesce(customer_id, identity_key) as person_key
    from {{ ref('sessions') }}
    where source_table = 'web_events' and not is_bot

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

calendar as (

    select * from {{ ref('calendar') }}
    where region = '(all)'

),

goals as (

    select * from {{ ref('driver_goals') }}

),

{%- set before = {
    'store_visit': "touchpoint_type = 'store_visit'",
    'associate': "touchpoint_type in ('associate_consultation', 'associate_fitting', 'associate_greeting', 'clienteling_message')",
    'order': "touchpoint_type = 'order'",
} %}
-- 1. the newest store visit, talk and order of the person before the visit
{%- for name, condition in before.items() %}
{{ name }}_times as (

    select
        coalesce(customer_id, identity_key) as person_key,
        occurred_at,
        row_number() over (
            partition by coalesce(customer_id, identity_key)
            order by occurred_at asc
        ) as order_number
    from touchpoints
    where {{ condition }} and coalesce(customer_id, identity_key) is not null
    group by coalesce(customer_id, identity_key), occurred_at

),
{% endfor %}
after_visit as (

    {{ as_of_left_join(
        left='sessions', right='store_visit_times', on=['person_key'], left_time='started_at',
        right_time='occurred_at', columns={'occurred_at': 'last_store_visit_at'}, strict=true
    ) }}

),

after_talk as (

    {{ as_of_left_join(
        left='after_visit', right='associate_times', on=['person_key'], left_time='started_at',
        right_time='occurred_at', columns={'occurred_at': 'last_talk_at'}, strict=true
    ) }}

),

after_order as (

    {{ as_of_left_join(
        left='after_talk', right='order_times', on=['person_key'], left_time='started_at',
        right_time='occurred_at', columns={'order_number': 'order_count_before'}, strict=true
    ) }}

),

-- 2. each visit's level of every factor
levelled as (

    select
        after_order.*,
        case
            when after_order.page_load_ms_mean < 1500 then 'fast'
            when after_order.page_load_ms_mean < 3000 then 'moderate'
            when after_order.page_load_ms_mean >= 3000 then 'slow'
            else '(unknown)'
        end as page_load,
        coalesce(after_order.device_platform, '(unknown)') as device,
        coalesce(after_order.page_error_code, '(none)') as page_error,
        coalesce(after_order.checkout_error_code, '(none)') as checkout_error,
        case when calendar.has_promotion then 'promotion' else 'no promotion' end as promotion,
        case
            when {{ local_hour('after_order.started_at') }} < 6 then 'night'
            when {{ local_hour('after_order.started_at') }} < 12 then 'morning'
            when {{ local_hour('after_order.started_at') }} < 18 then 'afternoon'
            else 'evening'
        end as daypart,
        case when {{ iso_day_of_week('after_order.started_on') }} >= 6 then 'weekend' else 'weekday' end as weekend,
        case
            when after_order.product_view_count <= 1 then '0-1'
            when after_order.product_view_count = 2 then '2'
            else '3+'
        end as products_viewed,
        case when {{ seconds_between('after_order.last_store_visit_at', 'after_order.started_at') }} <= 30 * 86400 then 'yes' else 'no' end as store_visit_before,
        case when {{ seconds_between('after_order.last_talk_at', 'after_order.started_at') }} <= 30 * 86400 then 'yes' else 'no' end as associate_before,
        case
            when after_order.order_count_before is null then '0'
            when after_order.order_count_before = 1 then '1'
            when after_order.order_count_before <= 4 then '2-4'
            when after_order.order_count_before <= 9 then '5-9'
            else '10+'
        end as orders_before,
        coalesce(after_order.experiment_variant, '(none)') as variant
    from after_order
    left join calendar on after_order.started_on = calendar.date

),

-- 3. visits per goal
exposed as (

    select
        goals.goal,
        goals.stage,
        {%- for factor in factors %}
        levelled.{{ factor }},
        {%- endfor %}
        case goals.converted_by
            when 'purchase' then levelled.purchase_count
            when 'checkout' then levelled.checkout_count
            when 'cart' then levelled.cart_count
        end > 0 as is_converted
    from levelled
    inner join goals
        on
            case goals.exposed_by
                when 'product_view' then levelled.product_view_count
                when 'cart' then levelled.cart_count
                when 'checkout' then levelled.checkout_count
                when 'payment' then levelled.payment_count
            end > 0

),

final as (

    select
        goal,
        stage,
        {%- for factor in factors %}
        {{ factor }},
        {%- endfor %}
        count(*) as exposed,
        count(case when is_converted then 1 end) as converted
    from exposed
    group by goal, stage{% for factor in factors %}, {{ factor }}{% endfor %}

)

select * from final
