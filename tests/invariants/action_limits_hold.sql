{#-
  Guards the budget and every capacity, recounted from customer_next_actions and the rules as they are written:
  nothing is used beyond its limit, and action_budget says what is used.
-#}
with

next_actions as (

    select * from {{ ref('customer_next_actions') }}
    where action != 'do_nothing' and not is_holdout

),

recounted as (

    select
        'budget' as limit_kind,
        'budget' as limit_name,
        cast({{ var('action_budget') if var('action_budget') | string != '' else 'null' }} as double) as capacity,
        cast(coalesce(sum(cost), 0) as double) as used
    from next_actions
    union all
    select
        'channel' as limit_kind,
        limits.channel as limit_name,
        cast(max(limits.max_per_day) as double) as capacity,
        cast(count(next_actions.customer_id) as double) as used
    from {{ ref('action_channel_limits') }} as limits
    left join next_actions on limits.channel = next_actions.channel
    where limits.max_per_day is not null
    group by limits.channel
    union all
    select
        'action' as limit_kind,
        catalogue.action as limit_name,
        cast(max(catalogue.max_per_day) as double) as capacity,
        cast(count(next_actions.customer_id) as double) as used
    from {{ ref('actions') }} as catalogue
    left join next_actions on catalogue.action = next_actions.action
    where catalogue.max_per_day is not null and catalogue.is_active
    group by catalogue.action

)

select
    recounted.limit_kind,
    recounted.limit_name,
    recounted.capacity,
    recounted.used,
    published.used as published_used
from recounted
full outer join {{ ref('action_budget') }} as published
    on recounted.limit_kind = published.limit_kind and recounted.limit_name = published.limit_name
where
    recounted.used > recounted.capacity
    or published.limit_kind is null
    or recounted.limit_kind is null
    or abs(recounted.used - cast(published.used as double)) > 1e-6
