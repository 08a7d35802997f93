{#-
  One row per customer: consent by purpose as of the reference date. The latest change over all
  accounts of a customer wins; of two at the same moment the refusal. Without a record: analytics
  follows var analytics_without_record (granted unless withdrawn), every other purpose is refused. Where the table consents is absent
  altogether, var consent_when_untracked decides for the other purposes.

  A change that cannot be read is a refusal, whatever it wanted to say, as long as its account can be
  read: of every purpose where the purpose cannot be read; made at its delivery, or last of all, where
  the time cannot. A later change counts again, and so does a later delivery of the same change.

  Of a past day by its events (var as_of_known_by) the refusals after it count as well: whoever has withdrawn
  since is not looked back at. A consent given after it does not count.
-#}
{%- set looks_back = as_of_setting() is not none and var('as_of_known_by') == 'event' -%}
{%- set purposes = ['analytics', 'marketing', 'personalisation', 'social_data', 'external_data', 'third_party'] -%}
with

consents as (

    select * from {{ ref('stg_members__consents') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

customer_accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

base_consents as (

    select * from {{ ref('base_members__consents') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

tracked as (

    select count(*) > 0 as is_tracked from base_consents

),

all_purposes as (

    {%- for purpose in purposes %}
    select '{{ purpose }}' as purpose{{ ' union all' if not loop.last }}
    {%- endfor %}

),

-- changes that cannot be read, of accounts that can
unreadable as (

    select
        source_system,
        account_id,
        case when row_reasons not like '%:purpose%' then purpose end as purpose,
        case when row_reasons not like '%:changed_at%' then changed_at end as changed_at,
        _loaded_at
    from base_consents
    where
        {{ "row_status in ('quarantined', 'after_as_of') and row_reasons is not null" if looks_back else "row_status = 'quarantined'" }}
        and source_system is not null and account_id is not null

),

refusals as (

    select
        unreadable.source_system,
        unreadable.account_id,
        all_purposes.purpose,
        unreadable.changed_at,
        unreadable._loaded_at
    from unreadable
    inner join all_purposes
        on
            unreadable.purpose = all_purposes.purpose
            or unreadable.purpose is null

),

-- not those that came again and could be read
standing_refusals as (

    select refusals.*
    from refusals
    anti join consents
        on
            refusals.source_system = consents.source_system
            and refusals.account_id = consents.account_id
            and refusals.purpose = consents.purpose
            and refusals.changed_at = consents.changed_at
            and refusals._loaded_at < consents._loaded_at

),

unioned as (

    select
        source_system,
        account_id,
        purpose,
        granted,
        changed_at,
        0 as is_unreadable
    from consents
    union all
    {%- if looks_back %}
    select
        source_system,
        account_id,
        purpose,
        granted,
        changed_at,
        0 as is_unreadable
    from base_consents
    where row_status = 'after_as_of' and row_reasons is null and not granted
    union all
    {%- endif %}
    select
        standing_refusals.source_system,
        standing_refusals.account_id,
        standing_refusals.purpose,
        false as granted,
        coalesce(standing_refusals.changed_at, standing_refusals._loaded_at, reference_date.as_of_at) as changed_at,
        1 as is_unreadable
    from standing_refusals
    cross join reference_date
    {%- if not looks_back %}
    -- a change of tomorrow, though it cannot be read
    where coalesce(standing_refusals.changed_at < reference_date.as_of_at, true)
    {%- endif %}

),

changes as (

    select
        accounts.customer_id,
        unioned.purpose,
        unioned.granted,
        unioned.is_unreadable,
        row_number() over (
            partition by accounts.customer_id, unioned.purpose
            order by unioned.changed_at desc, unioned.granted asc, unioned.is_unreadable asc, accounts.account_key asc
        ) as change_rank
    from unioned
    inner join accounts
        on
            unioned.source_system = accounts.source_system
            and unioned.account_id = accounts.account_id

),

latest as (

    select
        customer_id,
        {%- for purpose in purposes %}
        max(case when purpose = '{{ purpose }}' then case when granted then 1 else 0 end end) as {{ purpose }},
        max(case when purpose = '{{ purpose }}' then is_unreadable end) as {{ purpose }}_unreadable{{ ',' if not loop.last }}
        {%- endfor %}
    from changes
    where change_rank = 1
    group by customer_id

),

-- guests included, who name no account
customers as (

    select customer_id
    from customer_accounts
    group by customer_id

),

final as (

    select
        customers.customer_id,
        {%- for purpose in purposes %}
        coalesce(
            latest.{{ purpose }} = 1,
            {{ (var('analytics_without_record') == 'allow') | lower if purpose == 'analytics' else ('not tracked.is_tracked' if var('consent_when_untracked') == 'allow' else 'false') }}
        ) as has_{{ purpose }}_consent,
        coalesce(latest.{{ purpose }}_unreadable = 1, false) as is_{{ purpose }}_unreadable{{ ',' if not loop.last }}
        {%- endfor %}
    from customers
    cross join tracked
    left join latest on customers.customer_id = latest.customer_id

)

select * from final
