{#-
  One row per month and pair of segments: how many customers were in the one at the end of the
  month before and in the other at the end of the month. `(none)` stands before the first order.
-#}
with

monthly as (

    select * from {{ ref('int_rfm_monthly') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

moves as (

    select
        month,
        customer_id,
        coalesce(lag(segment) over (partition by customer_id order by month), '(none)') as from_segment,
        segment as to_segment,
        net_revenue_in_month
    from monthly

),

final as (

    select
        -- key
        moves.month,
        moves.from_segment,
        moves.to_segment,

        -- attributes
        {{ is_period_over('moves.month', 'reference_date.as_of', 'month') }} as is_complete,

        -- measures
        count(*) as customers,
        cast(sum(moves.net_revenue_in_month) as decimal(18, 2)) as net_revenue
    from moves
    cross join reference_date
    group by moves.month, moves.from_segment, moves.to_segment, reference_date.as_of

)

select * from final
