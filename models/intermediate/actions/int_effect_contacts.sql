{#-
  One row per logged action of a customer with consent to analytics whose window saw contact beside it:
  by the same action, or by a campaign of its name (contacts of the holdout are contamination), and by
  other actions.
-#}
with

assignments as (

    select * from {{ ref('int_effect_assignments') }}

),

campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}

),

touches as (

    select * from {{ ref('stg_marketing__campaign_touches') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

-- 1. campaigns that carry the name of an action or of its offer
names as (

    select
        action,
        action as name
    from assignments
    where action != '(all actions)'
    group by action
    union
    select
        action,
        lower(offer) as name
    from assignments
    where offer is not null
    group by action, lower(offer)

),

action_campaigns as (

    select
        names.action,
        campaigns.campaign_id
    from campaigns
    inner join names
        on
            lower(campaigns.campaign_id) = names.name
            or lower(campaigns.campaign_name) = names.name
    group by names.action, campaigns.campaign_id

),

-- 2. who was contacted, by what, when
contacts as (

    select
        customer_id,
        action,
        acted_at as contacted_at,
        action_log_id as contact_id
    from assignments
    where assigned_group = 'treated' and action != '(all actions)'
    union all
    select
        accounts.customer_id,
        action_campaigns.action,
        touches.occurred_at as contacted_at,
        touches.touch_id as contact_id
    from touches
    inner join action_campaigns on touches.campaign_id = action_campaigns.campaign_id
    inner join accounts
        on
            touches.source_system = accounts.source_system
            and touches.account_id = accounts.account_id

),

final as (

    select
        assignments.action_log_id,
        max(case when assignments.action in (contacts.action, '(all actions)') then 1 else 0 end) = 1 as is_contacted_by_same,
        max(case when assignments.action not in (contacts.action, '(all actions)') then 1 else 0 end) = 1 as is_contacted_by_other
    from assignments
    inner join contacts
        on
            assignments.customer_id = contacts.customer_id
            and {{ within_days('contacts.contacted_at', 'assignments.acted_at', 'assignments.value_horizon_days') }}
            and assignments.action_log_id != contacts.contact_id
    group by assignments.action_log_id

)

select * from final
