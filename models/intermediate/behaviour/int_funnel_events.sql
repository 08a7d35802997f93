{#-
  One row per funnel, step and touchpoint that meets a condition of the step, by person (customer,
  else account, guest or device). Copies (a web purchase whose order is known, …) count where the condition says so.
-#}
with

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

orders as (

    select * from {{ ref('orders') }}

),

conditions as (

    select * from {{ ref('funnel_conditions') }}

),

listed as (

    select
        conditions.funnel,
        cast(conditions.step as int) as step,
        types.touchpoint_type,
        conditions.counts_copies,
        {{ split_text('cast(conditions.channels as string)', '|') }} as channel_list,
        {{ split_text('cast(conditions.categories as string)', '|') }} as category_list,
        cast(conditions.page_like as string) as page_like,
        cast(conditions.min_value as double) as min_value,
        cast(conditions.min_order_number as bigint) as min_order_number,
        cast(conditions.max_order_number as bigint) as max_order_number
    from conditions
    {{ explode_array(split_text('conditions.touchpoint_types', '|'), 'types', 'touchpoint_type') }}

),

matched as (

    select
        listed.funnel,
        listed.step,
        coalesce(touchpoints.customer_id, touchpoints.identity_key) as person_key,
        touchpoints.occurred_at,
        touchpoints.touchpoint_id
    from touchpoints
    inner join listed on touchpoints.touchpoint_type = listed.touchpoint_type
    left join orders
        on
            touchpoints.order_id = orders.order_id
            and (listed.min_order_number is not null or listed.max_order_number is not null)
    where
        (touchpoints.is_primary or listed.counts_copies)
        and coalesce(touchpoints.customer_id, touchpoints.identity_key) is not null
        and (listed.channel_list is null or array_contains(listed.channel_list, touchpoints.channel))
        and (listed.category_list is null or array_contains(listed.category_list, touchpoints.category))
        and (listed.page_like is null or touchpoints.page_path like listed.page_like)
        and (listed.min_value is null or touchpoints.value >= listed.min_value)
        and (listed.min_order_number is null or orders.customer_order_number >= listed.min_order_number)
        and (listed.max_order_number is null or orders.customer_order_number <= listed.max_order_number)

),

-- a touchpoint that meets two alternatives of a step meets it once
final as (

    select
        funnel,
        step,
        person_key,
        occurred_at,
        touchpoint_id
    from matched
    group by funnel, step, person_key, occurred_at, touchpoint_id

)

select * from final
