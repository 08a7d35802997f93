{{ config(group="actions") }}
{#-
  Guards that whoever is to be contacted has consent to analytics and marketing (and to personalisation, where the
  action asks for it), is a customer who is there (nobody erased is), and is not in a holdout by
  their own draw: that of all actions, or that of the action.
-#}
select
    next_actions.customer_id,
    next_actions.action,
    customers.has_marketing_consent
from {{ ref('customer_next_actions') }} as next_actions
left join {{ ref('customers') }} as customers on next_actions.customer_id = customers.customer_id
left join {{ ref('actions') }} as catalogue on next_actions.action = catalogue.action
left join {{ ref('int_action_facts') }} as people on next_actions.customer_id = people.customer_id
left join {{ ref('int_action_options') }} as options
    on
        next_actions.customer_id = options.customer_id
        and next_actions.action = options.action
where
    not coalesce(customers.has_analytics_consent, false)
    or next_actions.is_held_out_of_all != (people.holdout_draw < {{ var('action_global_holdout_share') | float }})
    or next_actions.is_holdout != (
        next_actions.is_held_out_of_all
        or coalesce(options.holdout_draw < {{ var('action_holdout_share') | float }}, false)
    )
    or next_actions.action != 'do_nothing' and (
        not customers.has_marketing_consent
        or catalogue.required_consent = 'personalisation' and not customers.has_personalisation_consent
    )
