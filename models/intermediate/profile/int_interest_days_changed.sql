{#-
  One row per local day whose online events differ from what int_interest_days holds: new days,
  days with late or corrected rows, and days that are gone. A day is compared by its row count and
  the sum of its rows' fingerprints, so a build repeats only the days that data have touched.
-#}
{%- set last_build = table_of_last_build('intermediate', 'int_interest_days') -%}
with

events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

source_days as (

    select
        {{ local_date('occurred_at') }} as activity_on,
        count(*) as row_count,
        cast(sum({{ row_fingerprint([
            'event_id', 'source_system', 'account_id', 'occurred_at', 'event_type', 'platform', 'category',
            'content_topic', 'feature'
        ]) }} % 1000000007) as bigint) as fingerprint_sum
    from events
    where account_id is not null
    group by {{ local_date('occurred_at') }}

),

-- what the roll-up holds: the marker row that it keeps for each day
held_days as (

    {%- if last_build %}
    select
        activity_on,
        event_count as row_count,
        cast(dimension_value as bigint) as fingerprint_sum
    from {{ last_build }}
    where dimension = '(day)'
    {%- else %}
    select
        cast(null as date) as activity_on,
        cast(null as bigint) as row_count,
        cast(null as bigint) as fingerprint_sum
    from source_days
    where false
    {%- endif %}

),

final as (

    select
        coalesce(source_days.activity_on, held_days.activity_on) as activity_on,
        coalesce(source_days.row_count, 0) as row_count,
        coalesce(source_days.fingerprint_sum, 0) as fingerprint_sum
    from source_days
    full outer join held_days on source_days.activity_on = held_days.activity_on
    where
        coalesce(source_days.row_count, 0) != coalesce(held_days.row_count, -1)
        or coalesce(source_days.fingerprint_sum, 0) != coalesce(held_days.fingerprint_sum, -1)

)

select * from final
