{#-
  One row per funnel, step and touchpoint that meets a condition of the step, by the numbers of funnel
  and person. Copies (a web purchase whose order is known, …) count where the condition says so.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

touches as {{ inline }} (

    select * from {{ ref('int_touches_numbered') }}

),

kinds as (

    select * from {{ ref('int_touch_kinds') }}

),

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

orders as (

    select * from {{ ref('orders') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

conditions as (

    select
        funnel,
        step,
        touchpoint_types,
        counts_copies,
        {{ split_text('cast(channels as string)', '|') }} as channel_list,
        {{ split_text('cast(categories as string)', '|') }} as category_list,
        cast(page_like as string) as page_like,
        cast(min_value as double) as min_value,
        cast(min_order_number as bigint) as min_order_number,
        cast(max_order_number as bigint) as max_order_number
    from {{ ref('funnel_conditions') }}

),

-- 1. the kinds of touchpoint that each condition lets in
listed as (

    select
        funnel_steps.funnel_number,
        funnel_steps.step,
        kinds.kind_number,
        conditions.category_list,
        conditions.page_like,
        conditions.min_value,
        conditions.min_order_number,
        conditions.max_order_number,
        coalesce(
            cast(conditions.category_list as string), conditions.page_like, cast(conditions.min_value as string),
            cast(conditions.min_order_number as string), cast(conditions.max_order_number as string)
        ) is not null as asks_more,
        count(*) over (partition by funnel_steps.funnel_number, funnel_steps.step, kinds.kind_number) as alternatives
    from conditions
    inner join funnel_steps
        on
            conditions.funnel = funnel_steps.funnel
            and conditions.step = funnel_steps.step
    {{ explode_array(split_text('conditions.touchpoint_types', '|'), 'types', 'touchpoint_type') }}
    inner join kinds on types.touchpoint_type = kinds.touchpoint_type
    where
        (kinds.is_primary or conditions.counts_copies)
        and (conditions.channel_list is null or array_contains(conditions.channel_list, kinds.channel))

),

-- 2. few conditions ask for more than the kind; a touchpoint that meets two alternatives of a step meets it once
asked as (

    select
        touches.*,
        listed.funnel_number,
        listed.step,
        listed.category_list,
        listed.page_like,
        listed.min_value,
        listed.min_order_number,
        listed.max_order_number
    from touches
    inner join listed on touches.kind_number = listed.kind_number
    where listed.asks_more or listed.alternatives > 1

),

met as (

    select
        asked.funnel_number,
        asked.step,
        asked.person_number,
        asked.place,
        asked.moment,
        asked.occurred_at
    from asked
    inner join touchpoints on asked.touchpoint_id = touchpoints.touchpoint_id
    left join orders on touchpoints.order_id = orders.order_id
    where
        (asked.category_list is null or array_contains(asked.category_list, touchpoints.category))
        and (asked.page_like is null or touchpoints.page_path like asked.page_like)
        and (asked.min_value is null or touchpoints.value >= asked.min_value)
        and (asked.min_order_number is null or orders.customer_order_number >= asked.min_order_number)
        and (asked.max_order_number is null or orders.customer_order_number <= asked.max_order_number)
    group by asked.funnel_number, asked.step, asked.person_number, asked.place, asked.moment, asked.occurred_at

),

final as (

    select
        listed.funnel_number,
        listed.step,
        touches.person_number,
        touches.place,
        touches.moment,
        touches.occurred_at
    from touches
    inner join listed on touches.kind_number = listed.kind_number
    where not listed.asks_more and listed.alternatives = 1
    union all
    select
        funnel_number,
        step,
        person_number,
        place,
        moment,
        occurred_at
    from met

)

select * from final
