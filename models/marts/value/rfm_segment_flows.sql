{#-
  One row per month and pair of segments: how many customers were in the one at the end of the
  month before and in the other at the end of the month. `(none)` stands before the first order.
-#}
with

monthly as (

    select * from {{ ref('int_rfm_monthly') }}

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
        month,
        from_segment,
        to_segment,

        -- measures
        count(*) as customers,
        cast(sum(net_revenue_in_month) as decimal(18, 2)) as net_revenue
    from moves
    group by month, from_segment, to_segment

)

select * from final
