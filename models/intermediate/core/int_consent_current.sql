{#-
  One row per customer: consent by purpose as of the reference date. The latest change over all
  accounts of a customer wins; of two at the same moment the refusal. Without a record: analytics
  follows var analytics_without_record (granted unless withdrawn), every other purpose is refused. Where the table consents is absent
  altogether, var consent_when_untracked decides for the other purposes.
-#}
{%- set purposes = ['analytics', 'marketing', 'personalisation', 'social_data', 'external_data', 'third_party'] -%}
with

consents as (

    select * from {{ ref('stg_members__consents') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

tracked as (

    select count(*) > 0 as is_tracked from {{ ref('base_members__consents') }}

),

changes as (

    select
        accounts.customer_id,
        consents.purpose,
        consents.granted,
        row_number() over (
            partition by accounts.customer_id, consents.purpose
            order by consents.changed_at desc, consents.granted asc, accounts.account_key asc
        ) as change_rank
    from consents
    inner join accounts
        on
            consents.source_system = accounts.source_system
            and consents.account_id = accounts.account_id

),

latest as (

    select
        customer_id,
        {%- for purpose in purposes %}
        max(case when purpose = '{{ purpose }}' then case when granted then 1 else 0 end end) as {{ purpose }}{{ ',' if not loop.last }}
        {%- endfor %}
    from changes
    where change_rank = 1
    group by customer_id

),

customers as (

    select customer_id
    from accounts
    group by customer_id

),

final as (

    select
        customers.customer_id,
        {%- for purpose in purposes %}
        coalesce(
            latest.{{ purpose }} = 1,
            {{ (var('analytics_without_record') == 'allow') | lower if purpose == 'analytics' else "not tracked.is_tracked and '" ~ var('consent_when_untracked') ~ "' = 'allow'" }}
        ) as has_{{ purpose }}_consent{{ ',' if not loop.last }}
        {%- endfor %}
    from customers
    cross join tracked
    left join latest on customers.customer_id = latest.customer_id

)

select * from final
