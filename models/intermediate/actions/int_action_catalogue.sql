{#- One row per active action of the catalogue; nothing of the choice is built while a row is broken. -#}
{{ config(pre_hook="{{ stop_on_action_catalogue_issues(ref('int_action_catalogue_issues')) }}") }}
with

actions as (

    select * from {{ ref('actions') }}

),

-- builds this model after the check that its hook reads
issues as (

    select count(*) as issue_count from {{ ref('int_action_catalogue_issues') }}

),

final as (

    select
        actions.action,
        actions.label_en,
        actions.label_zh,
        actions.objective,
        actions.offer,
        actions.offered_item,
        actions.cost,
        actions.reach_probability,
        actions.max_per_person,
        actions.cap_window_days,
        actions.min_gap_days,
        actions.max_per_day,
        actions.required_consent
    from actions
    cross join issues
    where actions.is_active and issues.issue_count = 0

)

select * from final
