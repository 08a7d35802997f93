{#-
  One row per customer (by number), signal of online events (int_preference_signals) and value: on how many days
  the customer chose it, so that one long visit does not outweigh many short ones. A view: int_preferences alone reads it.
-#}
{{ config(materialized='view') }}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

signals as (

    select * from {{ ref('int_preference_signals') }}
    where source = 'online'

),

interest_days as (

    select * from {{ ref('int_interest_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

dayparts as (

    select * from {{ ref('dayparts') }}

),

numbered_accounts as (

    select
        accounts.account_key,
        population.person_number
    from accounts
    inner join population on accounts.customer_id = population.customer_id

),

-- 1. days of values; several accounts may be one customer's
choice_days as (

    select
        numbered_accounts.person_number,
        signals.signal_no,
        case when signals.dimension = 'daypart' then dayparts.daypart else interest_days.dimension_value end as dimension_value,
        interest_days.activity_on
    from interest_days
    inner join signals
        on
            interest_days.dimension = case when signals.dimension = 'daypart' then 'hour' else signals.dimension end
            and interest_days.event_type = signals.event_type
            and interest_days.activity_on >= signals.window_from
    inner join numbered_accounts on interest_days.account_key = numbered_accounts.account_key
    left join dayparts
        on
            signals.dimension = 'daypart'
            and interest_days.dimension_value = {{ as_text('dayparts.hour_of_day') }}

),

choices as (

    select
        person_number,
        signal_no,
        dimension_value,
        count(distinct activity_on) as signal_count,
        cast(min(activity_on) as timestamp) as first_at,
        cast(max(activity_on) as timestamp) as last_at
    from choice_days
    where dimension_value is not null
    group by person_number, signal_no, dimension_value

),

totals as (

    select
        person_number,
        signal_no,
        count(distinct activity_on) as total_count
    from choice_days
    where dimension_value is not null
    group by person_number, signal_no

),

final as (

    select
        choices.person_number,
        choices.signal_no,
        choices.dimension_value,
        choices.signal_count,
        choices.first_at,
        choices.last_at,
        totals.total_count
    from choices
    inner join totals
        on
            choices.person_number = totals.person_number
            and choices.signal_no = totals.signal_no

)

select * from final
