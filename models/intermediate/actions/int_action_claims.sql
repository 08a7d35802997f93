{#-
  One row per option that contacts a person and limit that it draws on: money of the budget, one contact of its
  channel, one of its action. Limits without an end are left out.
-#}
with

options as (

    select * from {{ ref('int_action_options') }}
    where action != 'do_nothing'

),

limits as (

    select * from {{ ref('int_action_limits') }}
    where capacity is not null

),

final as (

    select
        options.customer_id,
        options.action,
        options.is_holdout,
        options.is_open,
        options.open_count,
        limits.limit_kind,
        limits.limit_name,
        limits.capacity,
        case when limits.limit_kind = 'budget' then options.cost else cast(1 as decimal(18, 4)) end as amount
    from options
    inner join limits
        on
            limits.limit_kind = 'budget'
            or limits.limit_kind = 'channel' and options.channel = limits.limit_name
            or limits.limit_kind = 'action' and options.action = limits.limit_name

)

select * from final
