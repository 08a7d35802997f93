{#-
  How did customers move in the last whole month? Every change of segment, the largest first; who came new
  stands under (none). Segments are places among the customers: some move because others did.
-#}
with

flows as (

    select * from {{ ref('rfm_segment_flows') }}

),

last_month as (

    select max(month) as month from flows
    where is_complete

),

final as (

    select
        flows.month,
        flows.from_segment,
        flows.to_segment,
        flows.customers,
        round(
            {{ safe_divide('flows.customers', 'sum(flows.customers) over (partition by flows.from_segment)') }}, 3
        ) as share_of_from_segment,
        flows.net_revenue
    from flows
    inner join last_month on flows.month = last_month.month

)

select * from final
where from_segment != to_segment
order by customers desc, from_segment asc, to_segment asc
