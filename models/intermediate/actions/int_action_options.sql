{#-
  One row per person and action that the person may be given, doing nothing among them: what it is expected to
  bring and to cost. An effect that is surely negative leaves no option but to leave the person alone. A keyed hash
  of person and action says who is held out of an action, one of the person who is held out of all of them; options are
  chosen whether held out or not, so that both groups would have got the same.
-#}
with

people as (

    select * from {{ ref('int_action_facts') }}

),

judgements as (

    select * from {{ ref('int_action_judgements') }}
    where blocked_by is null

),

effects as (

    select * from {{ ref('int_action_effects') }}

),

finer as (

    select * from {{ ref('int_uplift_effects') }}

),

shut as (

    select * from {{ ref('int_action_limits') }}
    where capacity <= 0e0

),

-- 1. effects are per person treated at the action's mean reach: a channel that reaches more brings more. Where a model
-- of uplift has proved itself, people of one segment differ
valued as (

    select
        people.customer_id,
        judgements.action,
        judgements.channel,
        judgements.offered_item,
        people.segment,
        case when finer.customer_id is not null then 'uplift' else effects.effect_basis end as effect_basis,
        people.holdout_draw < {{ var('action_global_holdout_share') | float }} as is_held_out_of_all,
        {{ hash_60bit(salted_hash(["'action_holdout'", 'people.customer_id', 'judgements.action'])) }} / 1152921504606846976e0 as holdout_draw,
        {{ to_decimal('judgements.cost', 4) }} as cost,
        judgements.reach_probability,
        coalesce(judgements.relative_reach, 0e0) * (effects.incremental_orders + coalesce(finer.orders_off_segment, 0e0)) as raw_effect,
        coalesce(judgements.relative_reach, 0e0) * (effects.incremental_value + coalesce(finer.value_off_segment, 0e0)) as raw_value,
        {{ hash_60bit("concat_ws('|', people.customer_id, judgements.action)") }} / 1152921504606846976e0 as tie_draw
    from people
    inner join judgements on people.customer_id = judgements.customer_id
    inner join effects on judgements.action = effects.action and people.segment = effects.segment
    left join finer on people.customer_id = finer.customer_id and judgements.action = finer.action
    where effects.incremental_value is not null and coalesce(effects.high >= 0, true)

),

-- 2. rounded before they are compared: the last bits of an estimate choose nobody
rounded as (

    select
        *,
        is_held_out_of_all or holdout_draw < {{ var('action_holdout_share') | float }} as is_holdout,
        {{ round_significant('raw_effect') }} as expected_effect,
        {{ round_significant('raw_value') }} as expected_value
    from valued

),

-- 3. where a limit allows nothing at all, an option can be wished for but not drawn
shut_options as (

    select
        rounded.customer_id,
        rounded.action
    from rounded
    inner join shut
        on
            shut.limit_kind = 'budget' and rounded.cost > 0
            or shut.limit_kind = 'channel' and rounded.channel = shut.limit_name
            or shut.limit_kind = 'action' and rounded.action = shut.limit_name
    group by rounded.customer_id, rounded.action

),

unioned as (

    select
        rounded.customer_id,
        rounded.action,
        rounded.channel,
        rounded.offered_item,
        rounded.segment,
        rounded.effect_basis,
        rounded.is_holdout,
        rounded.is_held_out_of_all,
        rounded.holdout_draw,
        rounded.cost,
        rounded.reach_probability,
        rounded.expected_effect,
        rounded.expected_value,
        rounded.expected_value - cast(rounded.cost as double) as net_value,
        -- people of one segment are worth the same: a thousandth of it, drawn by lot, parts them at a limit, and turns no gain into a loss
        (rounded.expected_value - cast(rounded.cost as double)) * (1e0 + 1e-3 * (rounded.tie_draw - 0.5e0)) as score,
        shut_options.customer_id is null as is_open
    from rounded
    left join shut_options on rounded.customer_id = shut_options.customer_id and rounded.action = shut_options.action
    union all
    select
        customer_id,
        'do_nothing' as action,
        cast(null as string) as channel,
        cast(null as string) as offered_item,
        segment,
        'prior' as effect_basis,
        holdout_draw < {{ var('action_global_holdout_share') | float }} as is_holdout,
        holdout_draw < {{ var('action_global_holdout_share') | float }} as is_held_out_of_all,
        cast(null as double) as holdout_draw,
        cast(0 as decimal(18, 4)) as cost,
        0e0 as reach_probability,
        0e0 as expected_effect,
        0e0 as expected_value,
        0e0 as net_value,
        0e0 as score,
        true as is_open
    from people

),

final as (

    select
        *,
        cast(count(*) over (partition by customer_id) as int) as option_count,
        cast(count(case when is_open then 1 end) over (partition by customer_id) as int) as open_count
    from unioned

)

select * from final
