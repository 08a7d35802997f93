{#-
  One row per funnel, step and touchpoint that meets a condition of the step, by the numbers of funnel
  and person. Copies (a web purchase whose order is known, …) count where the condition says so.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

touches as {{ inline }} (

    select * from {{ ref('int_touches_numbered') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

conditions as (

    select * from {{ ref('funnel_conditions') }}

),

listed as (

    select
        funnel_steps.funnel_number,
        funnel_steps.step,
        types.touchpoint_type,
        count(*) over (partition by funnel_steps.funnel_number, funnel_steps.step, types.touchpoint_type) as alternatives,
        conditions.counts_copies,
        {{ split_text('cast(conditions.channels as string)', '|') }} as channel_list,
        {{ split_text('cast(conditions.categories as string)', '|') }} as category_list,
        cast(conditions.page_like as string) as page_like,
        cast(conditions.min_value as double) as min_value,
        cast(conditions.min_order_number as bigint) as min_order_number,
        cast(conditions.max_order_number as bigint) as max_order_number
    from conditions
    inner join funnel_steps
        on
            conditions.funnel = funnel_steps.funnel
            and conditions.step = funnel_steps.step
    {{ explode_array(split_text('conditions.touchpoint_types', '|'), 'types', 'touchpoint_type') }}

),

matched as {{ inline }} (

    select
        listed.funnel_number,
        listed.step,
        listed.alternatives,
        touches.person_number,
        touches.occurred_at,
        touches.touchpoint_id
    from touches
    inner join listed on touches.touchpoint_type = listed.touchpoint_type
    where
        (touches.is_primary or listed.counts_copies)
        and (listed.channel_list is null or array_contains(listed.channel_list, touches.channel))
        and (listed.category_list is null or array_contains(listed.category_list, touches.category))
        and (listed.page_like is null or touches.page_path like listed.page_like)
        and (listed.min_value is null or touches.value >= listed.min_value)
        and (listed.min_order_number is null or touches.customer_order_number >= listed.min_order_number)
        and (listed.max_order_number is null or touches.customer_order_number <= listed.max_order_number)

),

-- a touchpoint that meets two alternatives of a step meets it once
final as (

    select
        funnel_number,
        step,
        person_number,
        occurred_at,
        touchpoint_id
    from matched
    where alternatives = 1
    union all
    select
        funnel_number,
        step,
        person_number,
        occurred_at,
        touchpoint_id
    from matched
    where alternatives > 1
    group by funnel_number, step, person_number, occurred_at, touchpoint_id

)

select * from final
