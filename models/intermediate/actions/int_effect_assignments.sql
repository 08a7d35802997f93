{#-
  One row per logged action of a customer with consent to analytics: who was meant, what the action
  costs and until when its outcome counts. A person whose holdout was broken stays in the holdout:
  effects compare what was intended.
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

-- 2. under another holdout share busy months weigh differently in the two groups: all counts the newest plan only
newest as (

    select
        action,
        holdout_share as newest_share
    from identified
    where holdout_share is not null
    qualify row_number() over (partition by action order by acted_at desc, action_log_id desc) = 1

),

planned as (

    select
        identified.*,
        coalesce(abs(identified.holdout_share - newest.newest_share) <= 0.001e0, true) as is_of_newest_plan
    from identified
    left join newest on identified.action = newest.action

),

-- 3. a person counts once in a month and once in all, by the first assignment
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
        value_horizon_days,
        {{ seconds_between('acted_at', 'as_of_at') }} >= 86400e0 * value_horizon_days as is_matured,
        {{ seconds_between('acted_at', 'as_of_at') }} >= 86400e0 * policy_window_days as is_window_over,
        row_number() over (
            partition by action, customer_id, {{ year_month('acted_on') }} order by acted_at asc, action_log_id asc
        ) = 1 as is_first_in_month,
        is_of_newest_plan
        and row_number() over (partition by action, customer_id, is_of_newest_plan order by acted_at asc, action_log_id asc) = 1 as is_first,

        -- measures
        cost,

        -- times
        acted_at,
        acted_on,
        {{ add_days('acted_on', 'value_horizon_days') }} as matures_on
    from planned

)

select * from final
