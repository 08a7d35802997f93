{#-
  One row per sequence of channels and outcome, for the Markov model: journeys to an order, and
  journeys that led nowhere: the touches of a person that no order followed within the look-back,
  cut where the person paused for longer than that.
-#}
with

journeys as (

    select * from {{ ref('int_attribution_journeys') }}

),

touches as (

    select * from {{ ref('int_attribution_touches') }}

),

won as (

    select
        {{ ordered_array_agg('channel', 'touch_number') }} as channels,
        true as is_won
    from journeys
    group by order_id

),

-- 1. touches that shared in no order; impressions and sends say nothing about a journey by themselves
used as (

    select touchpoint_id
    from journeys
    group by touchpoint_id

),

unused as (

    select
        touches.*,
        lag(touches.occurred_at) over (
            partition by touches.person_number
            order by touches.occurred_at asc, touches.touchpoint_id asc
        ) as previous_at
    from touches
    anti join used on touches.touchpoint_id = used.touchpoint_id
    where not touches.yields_to_engagement

),

numbered as (

    select
        *,
        sum(case
            when
                previous_at is null
                or {{ seconds_between('previous_at', 'occurred_at') }} > {{ (var('attribution_lookback_days') | int) * 86400 }}
                then 1
            else 0
        end) over (
            partition by person_number
            order by occurred_at asc, touchpoint_id asc
            rows between unbounded preceding and current row
        ) as run_number
    from unused

),

lost as (

    select
        {{ ordered_array_agg('channel', struct_of({'at_time': 'occurred_at', 'touchpoint_id': 'touchpoint_id'})) }} as channels,
        false as is_won
    from numbered
    group by person_number, run_number

),

all_journeys as (

    select * from won
    union all
    select * from lost

),

final as (

    select
        channels,
        is_won,
        count(*) as journeys
    from all_journeys
    group by channels, is_won

)

select * from final
