{#-
  One row per person and what they were chosen for: an action of the log, or `(campaign)` for messages of campaigns.
  All of them count the holdout as if it had been contacted, so that both groups stay alike. A pause in contact is none.
-#}
with

catalogue as (

    select * from {{ ref('int_action_catalogue') }}

),

action_log as (

    select * from {{ ref('stg_marketing__action_log') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}
    where touchpoint_type = 'campaign_send' and customer_id is not null

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. whoever owns the account today was meant: merged people share their contacts
touches as (

    select
        accounts.customer_id,
        action_log.action,
        {{ local_date('action_log.acted_at') }} as touched_on
    from action_log
    inner join accounts
        on
            action_log.source_system = accounts.source_system
            and action_log.account_id = accounts.account_id
    union all
    select
        customer_id,
        '(campaign)' as action,
        occurred_on as touched_on
    from touchpoints

),

final as (

    select
        -- key
        touches.customer_id,
        touches.action,

        -- measures
        count(case
            when touches.action != 'reduce_contact' and touches.touched_on >= {{ add_days('reference_date.as_of', '-30') }} then 1
        end) as contact_count_30d,
        count(case
            when touches.touched_on >= {{ add_days('reference_date.as_of', '-cast(coalesce(catalogue.cap_window_days, 0) as int)') }} then 1
        end) as capped_count,

        -- times
        max(case when touches.action != 'reduce_contact' then touches.touched_on end) as last_contacted_on,
        max(touches.touched_on) as last_touched_on
    from touches
    cross join reference_date
    left join catalogue on touches.action = catalogue.action
    where touches.touched_on < reference_date.as_of
    group by touches.customer_id, touches.action

)

select * from final
