{#-
  What would one more unit of budget bring: the price of every limit of today's choice (money, contacts a day by channel and
  action), those that bind first. A price of 0 means that the limit is not what holds back; more of it would earn nothing.
-#}
with

budget as (

    select * from {{ ref('action_budget') }}

),

final as (

    select
        limit_kind,
        limit_name,
        unit,
        capacity,
        used,
        {{ safe_divide('used', 'capacity') }} as used_share,
        is_binding,
        price as earned_by_one_more_unit,
        reason,
        reason_zh
    from budget

)

select * from final
order by earned_by_one_more_unit desc, used_share desc nulls last, limit_kind asc, limit_name asc
