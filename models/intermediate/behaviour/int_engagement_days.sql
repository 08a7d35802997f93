{#-
  One row per dimension, value and local day: people active on it, and how the numbers of people
  active in the last 7 and 30 days change. What is left of all person days for engagement_metrics.
-#}
{#- dimension: what its days are counted from (below), and the column of its value there -#}
{%- set dimensions = {
    '(all)': ('person', "'(all)'"), 'region': ('person', 'region'), 'segment': ('person', 'segment'),
    'channel': ('channel', 'channel'), 'device': ('device_platform', 'device_platform'), 'feature': ('feature', 'feature'),
} -%}
{%- set measures = [
    'active_people', 'people_of_month', 'login_days', 'feature_people', 'feature_people_of_month', 'wau_change', 'mau_change',
] -%}
with

person_days as (

    select * from {{ ref('int_person_days') }}

),

numbered as (

    select * from {{ ref('int_people_numbered') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

people as (

    select
        numbered.person_number,
        coalesce(customers.home_region, '(none)') as region,
        coalesce(segments.segment, '(none)') as segment
    from numbered
    left join customers on numbered.person_key = customers.customer_id
    left join segments on numbered.person_key = segments.customer_id

),

-- 1. the days of each person, also by channel, device and feature, each with the next one
{%- for part in ['person', 'channel', 'device_platform', 'feature'] %}
{%- set columns = 'person_number' ~ (', ' ~ part if part != 'person' else '') %}
by_{{ part }} as (

    select
        {{ columns }},
        active_on,
        max(has_login) as has_login,
        max(case when feature is not null then 1 else 0 end) as has_feature,
        lead(active_on) over (partition by {{ columns }} order by active_on asc) as next_on
    from person_days
    {%- if part == 'feature' %}
    where feature is not null
    {%- endif %}
    group by {{ columns }}, active_on

),
{% endfor %}
-- 2. counted by day and by how many days later the next one is: from 30 on that does not matter
counted as (
{% for dimension, (part, value) in dimensions.items() %}
    select
        '{{ dimension }}' as dimension,
        {{ value }} as dimension_value,
        days.active_on,
        least(coalesce({{ days_between('days.active_on', 'days.next_on') }}, 30), 30) as days_away,
        count(*) as active_people,
        count(case when days.next_on <= last_day(days.active_on) then null else 1 end) as people_of_month,
        sum(days.has_login) as login_days,
        sum(days.has_feature) as feature_people
    from by_{{ part }} as days
    {%- if value in ['region', 'segment'] %}
    inner join people on days.person_number = people.person_number
    {%- endif %}
    group by dimension, dimension_value, days.active_on, days_away
    {{ 'union all' if not loop.last }}
{%- endfor %}

),

-- 3. who used a feature in the month, on the last day of theirs
feature_users as (
{% for dimension, (part, value) in dimensions.items() %}
    select
        '{{ dimension }}' as dimension,
        {{ value }} as dimension_value,
        days.person_number,
        max(days.active_on) as active_on
    from by_{{ part }} as days
    {%- if value in ['region', 'segment'] %}
    inner join people on days.person_number = people.person_number
    {%- endif %}
    where days.has_feature = 1
    group by dimension, dimension_value, days.person_number, {{ year_month('days.active_on') }}
    {{ 'union all' if not loop.last }}
{%- endfor %}

),

-- 4. time online by everything that slices it
online as (

    select
        people.region,
        people.segment,
        person_days.channel,
        person_days.device_platform,
        person_days.active_on,
        {{ stable_sum('person_days.online_seconds') }} as online_seconds
    from person_days
    inner join people on person_days.person_number = people.person_number
    where person_days.is_visit
    group by
        people.region, people.segment, person_days.channel, person_days.device_platform, person_days.active_on

),

-- 5. who was active on a day counts for 7 and 30 days, or until the next day: arrivals less departures
{%- set facts = [
    ('counted', 'active_on', {
        'active_people': 'active_people', 'people_of_month': 'people_of_month', 'login_days': 'login_days',
        'feature_people': 'feature_people', 'wau_change': 'active_people', 'mau_change': 'active_people',
    }),
    ('counted', add_days('active_on', 'least(days_away, 7)'), {'wau_change': '-active_people'}),
    ('counted', add_days('active_on', 'days_away'), {'mau_change': '-active_people'}),
    ('feature_users', 'active_on', {'feature_people_of_month': '1'}),
] %}
facts as (
{% for source, day, values in facts %}
    select
        dimension,
        dimension_value,
        {{ day }} as active_on,
        {%- for measure in measures %}
        cast({{ values.get(measure, '0') }} as bigint) as {{ measure }},
        {%- endfor %}
        0e0 as online_seconds
    from {{ source }}
    union all
{%- endfor %}
{%- for dimension, (part, value) in dimensions.items() if dimension != 'feature' %}
    select
        '{{ dimension }}' as dimension,
        {{ value }} as dimension_value,
        active_on,
        {%- for measure in measures %}
        cast(0 as bigint) as {{ measure }},
        {%- endfor %}
        online_seconds
    from online
    {{ 'union all' if not loop.last }}
{%- endfor %}

),

final as (

    select
        dimension,
        dimension_value,
        active_on,
        {%- for measure in measures %}
        cast(sum({{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        {{ stable_sum('online_seconds') }} / 60e0 as online_minutes
    from facts
    group by dimension, dimension_value, active_on

)

select * from final
