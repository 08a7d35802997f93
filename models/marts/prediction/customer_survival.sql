{#- One row per customer with an order, with consent to analytics and personalisation, and month ahead (30 days, 1 to 12): whether the next order comes. -#}
with

inputs as (

    select * from {{ ref('int_prediction_inputs') }}
    where days_before = 0 and order_days > 0 and has_personalisation_consent

),

people as (

    select * from {{ ref('int_prediction_people') }}

),

curves as (

    select * from {{ ref('int_return_curves') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- a day of silence is a day that has passed: nobody has ordered today
placed as (

    select
        person_no,
        silence_days,
        order_days,
        cast(least(72, floor((silence_days - 1) / 10e0)) as int) as silence_bin,
        {{ rhythm_class('order_days', 'span_days') }} as rhythm_class
    from inputs

),

final as (

    select
        -- key
        people.customer_id,
        curves.month_ahead,

        -- measures
        {{ round_significant('curves.hazard', 6) }} as hazard,
        {{ round_significant('curves.survival_rate', 6) }} as survival_rate,
        {{ round_significant('curves.days_if_within_year', 6) }} as expected_days_to_next_order,
        {{ round_significant('curves.return_rate_365d', 6) }} as return_rate_365d,
        cast(placed.silence_days as bigint) as days_since_last_order,
        cast(placed.order_days as bigint) as order_days,

        -- times
        {{ add_days('reference_date.as_of', '30 * (curves.month_ahead - 1)') }} as month_starts_on
    from placed
    inner join people on placed.person_no = people.person_no
    inner join curves
        on
            placed.rhythm_class = curves.rhythm_class
            and placed.silence_bin = curves.silence_bin
    cross join reference_date

)

select * from final
