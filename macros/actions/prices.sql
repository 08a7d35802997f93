{#- Prices of limits on contacts: the body of int_action_prices. -#}

{#-
  CTEs that price the limits of one kind exactly, while all other prices stand: each person would pay for a unit what
  the best option within the limit is worth beyond the best without it; the price lies between the last who fits
  and the first who does not. Reads `valued` (customer_id, action, channel, is_holdout, worth) and `previous`.
    kind      action or channel, as in the column of that name
    worth     what an option of `valued` is worth beyond the prices of all limits but these
  Gives <kind>_prices: limit_name, price. A limit that holds at no price has no row.
-#}
{% macro exact_prices(kind, worth) -%}
{{ kind }}_groups as (

    select
        valued.customer_id,
        coalesce(valued.{{ kind }}, '(none)') as limit_name,
        max({{ worth }}) as worth,
        max_by(valued.is_holdout, {{ worth }}) as is_holdout
    from valued
    {{ caller() }}
    group by valued.customer_id, coalesce(valued.{{ kind }}, '(none)')

),

{{ kind }}_ranked as (

    select
        grouped.customer_id,
        grouped.limit_name,
        grouped.worth,
        grouped.is_holdout,
        limits.capacity_left,
        row_number() over (
            partition by grouped.customer_id
            order by grouped.worth - coalesce(limits.tried_price, 0e0) desc, grouped.limit_name asc
        ) as worth_rank,
        grouped.worth - coalesce(limits.tried_price, 0e0) as priced
    from {{ kind }}_groups as grouped
    left join previous as limits on grouped.limit_name = limits.limit_name and limits.limit_kind = '{{ kind }}'

),

{{ kind }}_two_best as (

    select
        customer_id,
        max(case when worth_rank = 1 then priced end) as best,
        max(case when worth_rank = 2 then priced end) as second_best
    from {{ kind }}_ranked
    group by customer_id

),

{{ kind }}_margins as (

    select
        ranked.limit_name,
        ranked.capacity_left,
        ranked.worth - case when ranked.worth_rank = 1 then two_best.second_best else two_best.best end as margin,
        row_number() over (
            partition by ranked.limit_name
            order by
                ranked.worth - case when ranked.worth_rank = 1 then two_best.second_best else two_best.best end desc,
                ranked.customer_id asc
        ) as margin_rank
    from {{ kind }}_ranked as ranked
    inner join {{ kind }}_two_best as two_best on ranked.customer_id = two_best.customer_id
    where ranked.capacity_left is not null and not ranked.is_holdout

),

{{ kind }}_prices as (

    select
        limit_name,
        greatest(0e0, (
            coalesce(
                max(case when margin_rank = capacity_left then margin end),
                max(case when margin_rank = capacity_left + 1 then margin end)
            ) + max(case when margin_rank = capacity_left + 1 then margin end)
        ) / 2e0) as price
    from {{ kind }}_margins
    group by limit_name
    having max(case when margin_rank = capacity_left + 1 then margin end) > 0

)
{%- endmacro %}
