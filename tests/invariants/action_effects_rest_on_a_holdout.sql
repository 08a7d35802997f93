-- Guards that no effect is told without people who were held out, and that the choice finds every action of
-- the catalogue in every segment, with the figure inside its interval.
{{ config(group='actions') }}
with

performance as (

    select * from {{ ref('action_performance') }}

),

effects as (

    select * from {{ ref('int_action_effects') }}

),

catalogue as (

    select * from {{ ref('actions') }}

),

tiers as (

    select * from {{ ref('value_tiers') }}

),

segments as (

    select value_tier as segment
    from tiers
    union all
    select '(none)' as segment

),

unfounded as (

    select
        'effect without holdout' as finding,
        action,
        segment
    from performance
    where (orders_effect is not null or value_verdict in ('gain', 'loss')) and (holdout < 2 or treated < 2)

),

missing as (

    select
        'effect that the choice does not find' as finding,
        catalogue.action,
        segments.segment
    from catalogue
    cross join segments
    left join effects
        on
            catalogue.action = effects.action
            and segments.segment = effects.segment
    where effects.incremental_value is null

),

outside as (

    select
        'effect outside of its interval' as finding,
        action,
        segment
    from effects
    -- the figure is rounded to six digits
    where not incremental_value between low - 1e-5 * abs(incremental_value) and high + 1e-5 * abs(incremental_value)

)

select * from unfounded
union all
select * from missing
union all
select * from outside
