{#- One row per attempt at a funnel, with what it came to and all by which funnels are broken down. -#}
with

attempts as (

    select * from {{ ref('int_funnel_attempts') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

beginnings as (

    select * from {{ ref('int_funnel_beginnings') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- a window that is not over may still bring the next step: neither won nor lost
judged as (

    select
        attempts.*,
        not attempts.is_converted
        and {{ seconds_between('attempts.last_entered_at', 'reference_date.as_of_at') }} <= funnel_steps.window_seconds as is_open,
        funnel_steps.step as last_step
    from attempts
    inner join funnel_steps
        on
            attempts.funnel_number = funnel_steps.funnel_number
            and attempts.steps_reached = funnel_steps.required_rank
    cross join reference_date

),

final as (

    select
        -- key
        judged.funnel_number,
        judged.person_number,
        judged.entry_number,

        -- attributes
        judged.funnel,
        judged.person_key,
        customers.customer_id,
        beginnings.touchpoint_id as first_touchpoint_id,
        beginnings.channel,
        customers.home_region as region,
        segments.segment,
        beginnings.device_platform,
        beginnings.campaign_id,
        beginnings.entry_source,
        judged.is_converted,
        judged.is_open,
        case when not judged.is_converted and not judged.is_open then judged.last_step end as dropped_at_step,

        -- measures
        judged.steps_reached,

        -- times
        judged.entered_at,
        judged.last_entered_at,
        judged.last_step_at
    from judged
    left join beginnings
        on
            judged.funnel_number = beginnings.funnel_number
            and judged.person_number = beginnings.person_number
            and judged.entry_number = beginnings.entry_number
    left join customers on judged.person_key = customers.customer_id
    left join segments on judged.person_key = segments.customer_id

)

select * from final
