{#-
  One row per logged action of a customer with consent to analytics: who was meant, what the action
  costs and until when its outcome counts. A person whose holdout was broken stays in the holdout:
  effects compare what was intended. Who is held out of all actions (a holdout share of 1, where others of the action
  have less) is not the holdout of one: action `(all actions)` compares them with everybody else, by the first action.
-#}
with

actions as (

    select * from {{ ref('stg_marketing__action_log') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

catalogue as (

    select * from {{ ref('actions') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. whose it was; the catalogue may not know an action that was done
identified as (

    select
        actions.action_log_id,
        actions.action,
        accounts.customer_id,
        actions.assigned_group,
        actions.channel,
        actions.offer,
        case
            when actions.assigned_group = 'treated'
                then coalesce(cast({{ to_base('actions.cost', 'actions.rate_to_base') }} as double), cast(catalogue.cost as double), 0e0)
            else 0e0
        end as cost,
        actions.selection_probability,
        actions.holdout_share,
        coalesce(cast(catalogue.value_horizon_days as int), rules.default_horizon_days) as value_horizon_days,
        rules.policy_window_days,
        rules.all_actions_horizon_days,
        actions.acted_at,
        {{ local_date('actions.acted_at') }} as acted_on,
        reference_date.as_of_at
    from actions
    cross join rules
    cross join reference_date
    inner join accounts
        on
            actions.source_system = accounts.source_system
            and actions.account_id = accounts.account_id
    inner join consent
        on
            accounts.customer_id = consent.customer_id
            and consent.has_analytics_consent
    left join catalogue on actions.action = catalogue.action

),

-- 2. who is held out of everything, whatever the action
scoped as (

    select
        *,
        coalesce(holdout_share >= 1e0, false) and min(coalesce(holdout_share, 0e0)) over (partition by action) < 1e0 as is_held_out_of_all
    from identified

),

scopes as (

    select max(case when is_held_out_of_all then 1 else 0 end) = 1 as has_holdout_of_all from scoped

),

-- 3. each action by itself, and all of them together where some people get none
experiments as (

    select
        *,
        action as experiment
    from scoped
    union all
    select
        scoped.*,
        '(all actions)' as experiment
    from scoped
    cross join scopes
    where scopes.has_holdout_of_all

),

told as (

    select
        case when experiment = action then action_log_id else concat('(all) ', action_log_id) end as action_log_id,
        experiment as action,
        customer_id,
        case
            when experiment = action then assigned_group
            when is_held_out_of_all then 'holdout'
            else 'treated'
        end as assigned_group,
        case when experiment = action then channel end as channel,
        case when experiment = action then offer end as offer,
        cost,
        case when experiment = action then selection_probability end as selection_probability,
        case when experiment = action then holdout_share end as holdout_share,
        experiment = action and is_held_out_of_all as is_held_out_of_all,
        case when experiment = action then value_horizon_days else all_actions_horizon_days end as value_horizon_days,
        policy_window_days,
        acted_at,
        acted_on,
        as_of_at
    from experiments

),

-- 4. under another holdout share busy months weigh differently in the two groups: all counts the newest plan only
newest as (

    select
        action,
        holdout_share as newest_share
    from told
    where holdout_share is not null and not is_held_out_of_all
    qualify row_number() over (partition by action order by acted_at desc, action_log_id desc) = 1

),

planned as (

    select
        told.*,
        coalesce(abs(told.holdout_share - newest.newest_share) <= 0.001e0, true) as is_of_newest_plan
    from told
    left join newest on told.action = newest.action

),

-- 5. a person counts once in a month and once in all, by the first assignment
final as (

    select
        -- key
        action_log_id,

        -- attributes
        action,
        customer_id,
        {{ year_month('acted_on') }} as acted_month,
        assigned_group,
        channel,
        offer,
        selection_probability,
        holdout_share,
        is_held_out_of_all,
        value_horizon_days,
        {{ seconds_between('acted_at', 'as_of_at') }} >= 86400e0 * value_horizon_days as is_matured,
        {{ seconds_between('acted_at', 'as_of_at') }} >= 86400e0 * policy_window_days as is_window_over,
        row_number() over (
            partition by action, customer_id, is_held_out_of_all, {{ year_month('acted_on') }} order by acted_at asc, action_log_id asc
        ) = 1 as is_first_in_month,
        is_of_newest_plan
        and row_number() over (partition by action, customer_id, is_held_out_of_all, is_of_newest_plan order by acted_at asc, action_log_id asc) = 1 as is_first,

        -- measures
        cost,

        -- times
        acted_at,
        acted_on,
        {{ add_days('acted_on', 'value_horizon_days') }} as matures_on
    from planned

)

select * from final
