{#-
  One row per active action and condition, or stop that holds for it. Rules that ask the same of a person share
  a predicate, which is asked once.
-#}
with

catalogue as (

    select * from {{ ref('int_action_catalogue') }}

),

conditions as (

    select * from {{ ref('action_conditions') }}

),

stops as (

    select * from {{ ref('action_stops') }}

),

-- 1. stops of all actions stand at each of them
unioned as (

    select
        catalogue.action,
        'condition' as rule_kind,
        {{ as_text('conditions.condition_number') }} as rule_name,
        cast(null as string) as label_en,
        cast(null as string) as label_zh,
        conditions.metric,
        conditions.operator,
        conditions.value
    from catalogue
    inner join conditions on catalogue.action = conditions.action
    union all
    select
        catalogue.action,
        'stop' as rule_kind,
        stops.stop as rule_name,
        stops.label_en,
        stops.label_zh,
        stops.metric,
        stops.operator,
        stops.value
    from catalogue
    inner join stops on catalogue.action = stops.action or stops.action = '(all)'
    where
        catalogue.action != 'do_nothing'
        and not contains(concat('|', coalesce(stops.except_actions, ''), '|'), concat('|', catalogue.action, '|'))

),

final as (

    select
        -- key
        action,
        rule_kind,
        rule_name,

        -- attributes
        label_en,
        label_zh,
        concat_ws('|', metric, operator, coalesce(value, '')) as predicate,
        metric,
        operator,
        value,
        case when operator = 'between' then {{ rule_bound('value', 1) }} else try_cast(value as double) end as value_from,
        case when operator = 'between' then {{ rule_bound('value', 2) }} end as value_to
    from unioned

)

select * from final
