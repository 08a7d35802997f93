{#-
  One row per person for whom conditions of an action hold: how many actions fit, and what stands in the way of most
  of those that are not possible, in words.
-#}
with

judgements as (

    select * from {{ ref('int_action_judgements') }}

),

rules as (

    select * from {{ ref('int_action_predicates') }}

),

stop_labels as (

    select
        concat('stop:', rule_name) as stop,
        min(label_en) as label_en,
        min(label_zh) as label_zh
    from rules
    where rule_kind = 'stop'
    group by rule_name

),

counted as (

    select
        customer_id,
        blocked_by,
        count(*) as action_count
    from judgements
    group by customer_id, blocked_by

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by case when blocked_by is null then 1 else 0 end asc, action_count desc, blocked_by asc
        ) as block_rank,
        sum(action_count) over (partition by customer_id) as fitting_count
    from counted

),

final as (

    select
        ranked.customer_id,
        cast(ranked.fitting_count as bigint) as fitting_count,
        ranked.blocked_by,
        {{ action_block_label('en') }} as block_en,
        {{ action_block_label('zh') }} as block_zh
    from ranked
    left join stop_labels on ranked.blocked_by = stop_labels.stop
    where ranked.block_rank = 1

)

select * from final
