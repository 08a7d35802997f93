{#-
  One row per goal, person and combination of factor levels: visits that were exposed to the goal,
  and those that reached it. Robots are left out.
-#}
{%- set factors = conversion_factors() -%}
{#- factors of numbers, and the level of a visit that lies in no band -#}
{%- set banded = {
    'page_load': '(unknown)', 'daypart': '(unknown)', 'products_viewed': '(unknown)',
    'store_visit_before': 'no', 'associate_before': 'no', 'visits_before': '(unknown)', 'orders_before': '(unknown)',
} -%}
with

sessions as (

    select
        *,
        coalesce(customer_id, identity_key) as person_key,
        row_number() over (
            partition by coalesce(customer_id, identity_key)
            order by started_at asc, session_id asc
        ) - 1 as visits_before_value
    from {{ ref('int_sessions') }}
    where source_table = 'web_events' and not is_bot

),

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

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

-- 2. each visit's level of every factor: numbers fall in the bands of seed driver_levels
measured as (

    select
        after_order.*,
        after_order.page_load_ms_mean as page_load_value,
        {{ local_hour('after_order.started_at') }} as daypart_value,
        after_order.product_view_count as products_viewed_value,
        {{ seconds_between('after_order.last_store_visit_at', 'after_order.started_at') }} / 86400e0 as store_visit_before_value,
        {{ seconds_between('after_order.last_talk_at', 'after_order.started_at') }} / 86400e0 as associate_before_value,
        coalesce(after_order.order_count_before, 0) as orders_before_value
    from after_order

),

levels as (

    select * from {{ ref('driver_levels') }}

),

levelled as (

    select
        measured.*,
        {%- for factor, otherwise in banded.items() %}
        coalesce({{ factor }}_levels.level, '{{ otherwise }}') as {{ factor }},
        {%- endfor %}
        coalesce(measured.device_platform, '(unknown)') as device,
        coalesce(measured.page_error_code, '(none)') as page_error,
        coalesce(measured.checkout_error_code, '(none)') as checkout_error,
        case when calendar.has_promotion then 'promotion' else 'no promotion' end as promotion,
        case when {{ iso_day_of_week('measured.started_on') }} >= 6 then 'weekend' else 'weekday' end as weekend,
        coalesce(measured.experiment_variant, '(none)') as variant
    from measured
    left join calendar on measured.started_on = calendar.date
    {%- for factor in banded %}
    left join levels as {{ factor }}_levels
        on
            {{ factor }}_levels.factor = '{{ factor }}'
            and measured.{{ factor }}_value >= {{ factor }}_levels.value_from
            and (measured.{{ factor }}_value < {{ factor }}_levels.value_to or {{ factor }}_levels.value_to is null)
    {%- endfor %}

),

-- 3. visits per goal
exposed as (

    select
        goals.goal,
        goals.stage,
        levelled.person_key,
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
        person_key,
        {%- for factor in factors %}
        {{ factor }},
        {%- endfor %}
        count(*) as exposed,
        count(case when is_converted then 1 end) as converted
    from exposed
    group by goal, stage, person_key{% for factor in factors %}, {{ factor }}{% endfor %}

)

select * from final
