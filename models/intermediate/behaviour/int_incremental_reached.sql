{#-
  One row per period (`all`, or a month) and marketing channel: contacts, people reached and money spent.
  `(all marketing)` has the contacts of all channels and the money of those that can be told.
-#}
with

contacts as (

    select * from {{ ref('int_incremental_contacts') }}

),

evidence as (

    select * from {{ ref('int_incremental_evidence') }}
    where evidence is not null

),

money_days as (

    select * from {{ ref('int_marketing_money_days') }}
    where model = '(spend)'

),

-- 1. contacts and money of each period
contact_periods as (

    select
        channel,
        person_number,
        'all' as period
    from contacts
    union all
    select
        channel,
        person_number,
        {{ year_month('contacted_on') }} as period
    from contacts

),

met as (

    select
        period,
        channel,
        count(*) as contacts,
        count(distinct person_number) as people
    from contact_periods
    group by period, channel

    union all

    select
        period,
        '(all marketing)' as channel,
        count(*) as contacts,
        count(distinct person_number) as people
    from contact_periods
    group by period

),

money_periods as (

    select
        money_days.channel,
        money_days.cost,
        'all' as period
    from money_days
    union all
    select
        money_days.channel,
        money_days.cost,
        {{ year_month('money_days.happened_on') }} as period
    from money_days

),

spent as (

    select
        money_periods.period,
        money_periods.channel,
        {{ stable_sum('money_periods.cost') }} as cost
    from money_periods
    group by money_periods.period, money_periods.channel

    union all

    select
        money_periods.period,
        '(all marketing)' as channel,
        {{ stable_sum('money_periods.cost') }} as cost
    from money_periods
    inner join evidence on money_periods.channel = evidence.channel
    group by money_periods.period

),

-- 2. a period may have contacts without money, and money without contacts
either as (

    select
        period,
        channel,
        contacts,
        people,
        cast(null as double) as cost
    from met

    union all

    select
        period,
        channel,
        cast(null as bigint) as contacts,
        cast(null as bigint) as people,
        cost
    from spent

),

final as (

    select
        period,
        channel,
        coalesce(max(contacts), 0) as contacts,
        coalesce(max(people), 0) as people,
        max(cost) as cost
    from either
    group by period, channel

)

select * from final
