{#-
  One row per limit of a day's contacts: the budget (money, null where there is none), what a channel carries, what
  an action may be given. The first row is always the budget.
-#}
with

catalogue as (

    select * from {{ ref('int_action_catalogue') }}

),

channel_limits as (

    select * from {{ ref('action_channel_limits') }}

),

final as (

    select
        'budget' as limit_kind,
        'budget' as limit_name,
        cast({{ var('action_budget') if var('action_budget') | string != '' else 'null' }} as double) as capacity
    union all
    select
        'channel' as limit_kind,
        channel as limit_name,
        cast(max_per_day as double) as capacity
    from channel_limits
    where max_per_day is not null
    union all
    select
        'action' as limit_kind,
        action as limit_name,
        cast(max_per_day as double) as capacity
    from catalogue
    where max_per_day is not null

)

select * from final
