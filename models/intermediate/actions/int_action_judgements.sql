{#-
  One row per person with consent to marketing and active action whose conditions hold: the channel that would
  carry it, the item that goes with it, and what stands in its way, if anything does.
-#}
with

people as (

    select * from {{ ref('int_action_facts') }}
    where has_marketing_consent

),

catalogue as (

    select * from {{ ref('int_action_catalogue') }}
    where action != 'do_nothing'

),

rules as (

    select * from {{ ref('int_action_predicates') }}

),

touches as (

    select * from {{ ref('int_action_touches') }}

),

channels as (

    select * from {{ ref('action_channels') }}

),

channel_limits as (

    select * from {{ ref('action_channel_limits') }}

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}
    where not is_blocked and customer_id is not null

),

recommendations as (

    select * from {{ ref('customer_recommendations') }}
    where item_type = 'product' and rank = 1

),

-- 1. each question is asked once a person, whichever actions it is for
predicates as (

    select
        predicate,
        metric,
        operator,
        value,
        value_from,
        value_to
    from rules
    group by predicate, metric, operator, value, value_from, value_to

),

asked as (

    select
        people.customer_id,
        rules.predicate,
        rules.operator,
        rules.value,
        rules.value_from,
        rules.value_to,
        {{ action_metric('number') }} as metric_value,
        {{ action_metric('text') }} as metric_text
    from people
    cross join predicates as rules

),

met as (

    select
        customer_id,
        predicate
    from asked
    where {{ meets_rule() }}

),

met_rules as (

    select
        met.customer_id,
        rules.action,
        count(case when rules.rule_kind = 'condition' then 1 end) as met_count,
        min(case when rules.rule_kind = 'stop' then rules.rule_name end) as stop
    from met
    inner join rules on met.predicate = rules.predicate
    group by met.customer_id, rules.action

),

needed as (

    select
        catalogue.action,
        count(case when rules.rule_kind = 'condition' then 1 end) as needed_count
    from catalogue
    left join rules on catalogue.action = rules.action
    group by catalogue.action

),

-- 2. an action fits whom all its conditions fit
fitting as (

    select
        people.customer_id,
        people.has_personalisation_consent,
        people.has_account,
        people.preferred_contact_channel,
        needed.action,
        met_rules.stop
    from people
    cross join needed
    left join met_rules on people.customer_id = met_rules.customer_id and needed.action = met_rules.action
    where coalesce(met_rules.met_count, 0) = needed.needed_count

),

-- 3. the channel that the person prefers, else the first that reaches them
owned as (

    select
        customer_id,
        identifier_type
    from identifiers
    group by customer_id, identifier_type

),

reaching as (

    select
        fitting.customer_id,
        fitting.action,
        channels.channel,
        channels.extra_cost,
        channels.reach_probability,
        row_number() over (
            partition by fitting.customer_id, fitting.action
            order by
                case when channels.channel = fitting.preferred_contact_channel then 0 else 1 end asc,
                channels.channel_rank asc,
                channels.channel asc
        ) as reach_rank
    from fitting
    inner join channels on fitting.action = channels.action
    inner join channel_limits on channels.channel = channel_limits.channel
    left join owned
        on
            fitting.customer_id = owned.customer_id
            and channel_limits.identifier_type = owned.identifier_type
    where channel_limits.identifier_type is null or owned.customer_id is not null

),

final as (

    select
        -- key
        fitting.customer_id,
        fitting.action,

        -- attributes: consent first, then what cannot be done, then what should not
        case
            when catalogue.required_consent = 'personalisation' and not fitting.has_personalisation_consent then 'no_personalisation'
            when not fitting.has_account then 'no_account'
            when reaching.channel is null then 'no_channel'
            when fitting.stop is not null then concat('stop:', fitting.stop)
            when coalesce(touches.capped_count, 0) >= catalogue.max_per_person then 'cap'
            when touches.last_touched_on > {{ add_days('people.as_of', '-cast(catalogue.min_gap_days as int)') }} then 'gap'
            when catalogue.offered_item is not null and recommendations.item is null then 'no_item'
        end as blocked_by,
        reaching.channel,
        recommendations.item as offered_item,

        -- measures
        catalogue.cost + coalesce(reaching.extra_cost, 0e0) as cost,
        coalesce(reaching.reach_probability, catalogue.reach_probability) as reach_probability,
        {{ safe_divide('coalesce(reaching.reach_probability, catalogue.reach_probability)', 'catalogue.reach_probability') }} as relative_reach
    from fitting
    inner join people on fitting.customer_id = people.customer_id
    inner join catalogue on fitting.action = catalogue.action
    left join reaching on fitting.customer_id = reaching.customer_id and fitting.action = reaching.action and reaching.reach_rank = 1
    left join touches on fitting.customer_id = touches.customer_id and fitting.action = touches.action
    left join recommendations on fitting.customer_id = recommendations.customer_id and catalogue.offered_item = recommendations.answer

)

select * from final
