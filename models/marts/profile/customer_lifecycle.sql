{#-
  One row per customer, month and basis (order, activity): the stage at the end of the month, or
  on the day before as_of for the running month. Every month from the one in which the customer
  was first seen.
-#}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

event_days as (

    select * from {{ ref('int_lifecycle_days') }}

),

limits as (

    select * from {{ ref('int_lifecycle_limits') }}

),

reference_date as (

    select
        as_of,
        {{ date_trunc_to('month', add_days('as_of', -1)) }} as last_month
    from {{ ref('stg_commerce__as_of') }}

),

-- 1. months with an event: only they and the silence after them decide
event_months as (

    select
        basis,
        person_number,
        {{ date_trunc_to('month', 'event_on') }} as event_month,
        max(event_on) as last_event_on
    from event_days
    group by basis, person_number, {{ date_trunc_to('month', 'event_on') }}

),

neighbours as (

    select
        basis,
        person_number,
        event_month,
        last_event_on,
        lag(event_month) over (partition by basis, person_number order by event_month) as previous_event_month,
        lag(last_event_on) over (partition by basis, person_number order by event_month) as previous_event_on,
        lead(event_month) over (partition by basis, person_number order by event_month) as next_event_month
    from event_months

),

-- 2. stage in the month of the event: new, back after a silence, or active as before
judged as (

    select
        neighbours.*,
        case
            when neighbours.previous_event_month is null then 'new'
            when neighbours.previous_event_month = {{ add_months_to('neighbours.event_month', -1) }} then 'active'
            when {{ days_between('neighbours.previous_event_on', 'neighbours.event_month') }} > limits.dormant_after_days then 'returning'
            else 'active'
        end as event_stage
    from neighbours
    inner join limits on neighbours.basis = limits.basis

),

spells as (

    select
        basis,
        person_number,
        event_month as from_month,
        next_event_month as to_month,
        event_stage,
        last_event_on,
        previous_event_month,
        previous_event_on,
        lag(event_stage) over (partition by basis, person_number order by event_month) as previous_event_stage
    from judged

),

-- 3. from first being seen to the first event: a prospect
first_months as (

    select
        limits.basis,
        population.person_number,
        {{ date_trunc_to('month', local_date('population.first_seen_at')) }} as first_month,
        min(event_months.event_month) as first_event_month
    from population
    cross join limits
    left join event_months
        on
            population.person_number = event_months.person_number
            and limits.basis = event_months.basis
    group by
        limits.basis, population.person_number,
        {{ date_trunc_to('month', local_date('population.first_seen_at')) }}

),

all_spells as (

    select
        basis,
        person_number,
        first_month as from_month,
        first_event_month as to_month,
        cast(null as string) as event_stage,
        cast(null as date) as last_event_on,
        cast(null as date) as previous_event_month,
        cast(null as date) as previous_event_on,
        cast(null as string) as previous_event_stage,
        true as is_first_spell
    from first_months
    where coalesce(first_month < first_event_month, true)

    union all

    select
        spells.basis,
        spells.person_number,
        spells.from_month,
        spells.to_month,
        spells.event_stage,
        spells.last_event_on,
        spells.previous_event_month,
        spells.previous_event_on,
        spells.previous_event_stage,
        coalesce(first_months.first_month >= spells.from_month, false) as is_first_spell
    from spells
    inner join first_months
        on
            spells.basis = first_months.basis
            and spells.person_number = first_months.person_number

),

-- 4. every month of a spell
months as (

    select
        all_spells.*,
        month_list.month_offset,
        {{ add_months_to('all_spells.from_month', 'month_list.month_offset') }} as month,
        reference_date.as_of,
        least(
            {{ add_months_to('all_spells.from_month', 'month_list.month_offset + 1') }}, reference_date.as_of
        ) as day_after
    from all_spells
    cross join reference_date
    {{ explode_array(
        number_array(
            0,
            months_between_dates(
                'all_spells.from_month', 'coalesce(' ~ add_months_to('all_spells.to_month', -1) ~ ', reference_date.last_month)'
            )
        ),
        'month_list', 'month_offset'
    ) }}

),

with_days as (

    select
        *,
        {{ days_between('last_event_on', 'day_after') }} as days_since_last,
        {{ days_between('last_event_on', 'month') }} as days_at_month_start,
        {{ days_between('previous_event_on', 'month') }} as days_before_event
    from months

),

final as (

    select
        -- key
        population.customer_id,
        with_days.month,
        with_days.basis,

        -- attributes
        case
            when with_days.event_stage is null then 'prospect'
            when with_days.month_offset = 0 then with_days.event_stage
            else {{ lifecycle_stage_by_days('with_days.days_since_last') }}
        end as stage,
        case
            when with_days.month_offset = 0 and with_days.is_first_spell then '(none)'
            when with_days.event_stage is null then 'prospect'
            when with_days.month_offset = 0 and with_days.previous_event_month is null then 'prospect'
            when
                with_days.month_offset = 0
                and with_days.previous_event_month = {{ add_months_to('with_days.month', -1) }}
                then with_days.previous_event_stage
            when with_days.month_offset = 0 then {{ lifecycle_stage_by_days('with_days.days_before_event') }}
            when with_days.month_offset = 1 then with_days.event_stage
            else {{ lifecycle_stage_by_days('with_days.days_at_month_start') }}
        end as previous_stage,
        {{ is_period_over('with_days.month', 'with_days.as_of', 'month') }} as is_complete,

        -- measures
        with_days.days_since_last,
        limits.dormant_after_days,
        limits.churned_after_days,
        limits.limit_kind,

        -- times
        with_days.last_event_on
    from with_days
    inner join limits on with_days.basis = limits.basis
    inner join population on with_days.person_number = population.person_number

)

select * from final
