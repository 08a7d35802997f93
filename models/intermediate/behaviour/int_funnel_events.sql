{#-
  One row per funnel, step and touchpoint that meets a condition of the step, by the numbers of funnel
  and person. Copies (a web purchase whose order is known, …) count where the condition says so.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

placed as {{ inline }} (

    select * from {{ ref('int_touches_placed') }}

),

touches as (

    select * from {{ ref('int_touches_numbered') }}

),

kinds as (

    select * from {{ ref('int_touch_kinds') }}

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
        conditions.category_list is not null or conditions.page_like is not null as asks_text,
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

matched as {{ inline }} (

    select
        listed.funnel_number,
        listed.step,
        listed.category_list,
        listed.page_like,
        listed.asks_text,
        listed.alternatives,
        placed.person_number,
        placed.place,
        placed.moment,
        placed.tie,
        placed.occurred_at
    from placed
    inner join listed on placed.kind_number = listed.kind_number
    where
        (listed.min_value is null or placed.value >= listed.min_value)
        and (listed.min_order_number is null or placed.customer_order_number >= listed.min_order_number)
        and (listed.max_order_number is null or placed.customer_order_number <= listed.max_order_number)

),

-- 2. what a condition asks of text is looked up, where there is such a condition
asked as (

    select * from matched
    where asks_text

),

asked_moments as (

    select
        person_number,
        occurred_at
    from asked
    group by person_number, occurred_at

),

texts as (

    select
        touches.person_number,
        touches.occurred_at,
        touches.category,
        touches.page_path,
        row_number() over (
            partition by touches.person_number, touches.occurred_at
            order by touches.touchpoint_id asc
        ) as tie
    from touches
    inner join asked_moments
        on
            touches.person_number = asked_moments.person_number
            and touches.occurred_at = asked_moments.occurred_at

),

-- 3. a touchpoint that meets two alternatives of a step meets it once
met as (

    select
        funnel_number,
        step,
        person_number,
        place,
        moment,
        occurred_at
    from matched
    where not asks_text and alternatives > 1

    union all

    select
        asked.funnel_number,
        asked.step,
        asked.person_number,
        asked.place,
        asked.moment,
        asked.occurred_at
    from asked
    inner join texts
        on
            asked.person_number = texts.person_number
            and asked.occurred_at = texts.occurred_at
            and asked.tie = texts.tie
    where
        (asked.category_list is null or array_contains(asked.category_list, texts.category))
        and (asked.page_like is null or texts.page_path like asked.page_like)

),

final as (

    select
        funnel_number,
        step,
        person_number,
        place,
        moment,
        occurred_at
    from matched
    where not asks_text and alternatives = 1

    union all

    select
        funnel_number,
        step,
        person_number,
        place,
        moment,
        occurred_at
    from met
    group by funnel_number, step, person_number, place, moment, occurred_at

)

select * from final
