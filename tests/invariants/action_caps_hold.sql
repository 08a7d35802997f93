{#-
  Guards the caps, recounted from the raw log: nobody is given an action more often in its window than is allowed,
  nor sooner than its gap after the last time.
-#}
with

contacted as (

    select
        accounts.customer_id,
        action_log.action,
        {{ local_date('action_log.acted_at') }} as contacted_on
    from {{ ref('stg_marketing__action_log') }} as action_log
    inner join {{ ref('int_account_names') }} as accounts
        on action_log.source_system = accounts.source_system and action_log.account_id = accounts.account_id
    where action_log.assigned_group = 'treated'

)

select
    next_actions.customer_id,
    next_actions.action,
    count(case when contacted.contacted_on >= {{ add_days('next_actions.as_of', '-cast(catalogue.cap_window_days as int)') }} then 1 end) as window_count,
    max(contacted.contacted_on) as last_contacted_on
from {{ ref('customer_next_actions') }} as next_actions
inner join {{ ref('actions') }} as catalogue on next_actions.action = catalogue.action
inner join contacted on next_actions.customer_id = contacted.customer_id and next_actions.action = contacted.action
where contacted.contacted_on < next_actions.as_of
group by
    next_actions.customer_id, next_actions.action, next_actions.as_of, catalogue.max_per_person, catalogue.min_gap_days, catalogue.cap_window_days
having
    count(case when contacted.contacted_on >= {{ add_days('next_actions.as_of', '-cast(catalogue.cap_window_days as int)') }} then 1 end)
    >= max(catalogue.max_per_person)
    or min({{ days_between('contacted.contacted_on', 'next_actions.as_of') }}) < max(catalogue.min_gap_days)
