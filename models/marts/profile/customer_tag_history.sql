{#-
  One row per customer, tag and validity period: from the captured date on which the tag took the
  value to the day before the one on which it lost it. Periods follow the captured dates; between
  two of them nothing is known.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

changes as {{ inline }} (

    select * from {{ ref('int_tag_changes') }}

),

registry as (

    select * from {{ ref('tag_registry') }}

),

groups as (

    select * from {{ ref('tag_groups') }}

),

population as (

    select * from {{ ref('int_profile_population') }}

),

-- 1. the rule under which each tag was captured, and whether it had just changed
captures as (

    select
        customer_id as tag,
        captured_as_of,
        definition_hash,
        lag(definition_hash) over (partition by customer_id order by captured_as_of) as previous_definition_hash
    from changes
    where tag = '(capture)'

),

-- 2. what a customer may still be told by: consent withdrawn later closes the past as well
rules as (

    select
        registry.tag,
        registry.consent,
        registry.tag_group,
        row_number() over (order by registry.tag) as tag_no
    from registry
    inner join groups on registry.tag_group = groups.tag_group

),

allowed as (

    select
        population.person_number,
        rules.tag_no,
        changes.*,
        case
            when captures.previous_definition_hash is null then 'first capture of the tag'
            when captures.previous_definition_hash != captures.definition_hash then 'rule of the tag'
            else 'customer'
        end as changed_by
    from changes
    inner join population on changes.customer_id = population.customer_id
    inner join rules on changes.tag = rules.tag
    left join captures
        on
            changes.tag = captures.tag
            and changes.captured_as_of = captures.captured_as_of
    where
        (rules.tag_group != 'psychographic' or population.has_personalisation_consent)
        and case rules.consent
            when 'personalisation' then population.has_personalisation_consent
            when 'social_data' then population.has_social_data_consent
            when 'external_data' then population.has_external_data_consent
            when 'third_party' then population.has_third_party_consent
            else true
        end

),

-- 3. each value until the next change
periods as (

    select
        customer_id,
        tag,
        tag_value,
        confidence,
        evidence,
        definition_hash,
        changed_by,
        captured_as_of as valid_from,
        lead(captured_as_of) over (partition by person_number, tag_no order by captured_as_of) as next_change_on,
        lag(tag_value) over (partition by person_number, tag_no order by captured_as_of) as previous_value
    from allowed

),

final as (

    select
        -- key
        periods.customer_id,
        periods.tag,
        periods.valid_from,

        -- attributes
        periods.tag_value,
        nullif(periods.previous_value, '(none)') as previous_value,
        periods.changed_by,
        periods.confidence,
        periods.evidence,
        periods.definition_hash,
        periods.next_change_on is null as is_current,

        -- times
        {{ add_days('periods.next_change_on', -1) }} as valid_to
    from periods
    where periods.tag_value != '(none)'

)

select * from final
