{#-
  One row per limit of a day's contacts, with the price at which what is asked of it just fits. Each step prices actions
  and channels exactly for the price of the budget at hand, asks everybody for their best option, adds up what that
  costs, and halves the range in which the price of the budget lies. Where the others' prices have moved the goal out
  of a range that has become narrow, it is widened again.
  The budget is settled when it holds at no price, when what is asked of it is within a thousandth of it (int_action_choices
  keeps it to the cent), or when the range has become too narrow to part people; the others when their prices stand.
-#}
{{ config(
    materialized='iterate',
    init_model='int_action_prices_start',
    metric_sql="select sum(case
        when n.limit_kind != 'budget' then case when abs(n.tried_price - p.tried_price) <= 1e-5 * n.highest_price then 0 else 1 end
        when n.used <= n.capacity_left and (n.tried_price = 0 or n.capacity_left - n.used < n.smallest_amount) then 0
        when abs(n.used - n.capacity_left) <= 1e-3 * n.capacity_left then 0
        when n.high_price - n.low_price <= 1e-8 * n.highest_price then 0
        else 1 end)
        from {next} as n inner join {prev} as p on n.limit_kind = p.limit_kind and n.limit_name = p.limit_name",
    max_iterations=50,
    on_max='ignore'
) }}
with

previous as (

    select * from {{ ref('int_action_prices_start') }}

),

options as (

    select * from {{ ref('int_action_options') }}
    where option_count > 1

),

claims as (

    select * from {{ ref('int_action_claims') }}
    where not is_holdout

),

explored as (

    select * from {{ ref('int_action_exploration') }}

),

budget as (

    select coalesce(max(price), 0e0) as price
    from previous
    where limit_kind = 'budget'

),

-- 1. what options are worth beyond the price of their money; those held out choose alike and draw on no limit
valued as (

    select
        options.customer_id,
        options.action,
        options.channel,
        options.is_holdout,
        options.score - budget.price * cast(options.cost as double) as worth
    from options
    cross join budget
    anti join explored on options.customer_id = explored.customer_id

),

-- 2. actions are priced while the prices of channels stand, then channels at the new prices of actions
{% call exact_prices('action', 'valued.worth - coalesce(channel_price.tried_price, 0e0)') %}
    left join previous as channel_price on valued.channel = channel_price.limit_name and channel_price.limit_kind = 'channel'
{% endcall %},

{% call exact_prices('channel', 'valued.worth - coalesce(action_prices.price, 0e0)') %}
    left join action_prices on valued.action = action_prices.limit_name
{% endcall %},

-- 3. what everybody asks for at these prices
surpluses as (

    select
        valued.customer_id,
        valued.action,
        {{ round_significant('valued.worth - coalesce(action_prices.price, 0e0) - coalesce(channel_prices.price, 0e0)', 12) }} as surplus
    from valued
    left join action_prices on valued.action = action_prices.limit_name
    left join channel_prices on valued.channel = channel_prices.limit_name

),

wanted as (

    select
        customer_id,
        action
    from surpluses
    qualify row_number() over (partition by customer_id order by surplus desc, action asc) = 1

),

demands as (

    select
        claims.limit_kind,
        claims.limit_name,
        cast(sum(claims.amount) as double) as used
    from wanted
    inner join claims on wanted.customer_id = claims.customer_id and wanted.action = claims.action
    group by claims.limit_kind, claims.limit_name

),

judged as (

    select
        previous.*,
        coalesce(demands.used, 0e0) as used_now,
        coalesce(action_prices.price, channel_prices.price, 0e0) as exact_price,
        coalesce(demands.used, 0e0) > previous.capacity_left as is_over
    from previous
    left join demands on previous.limit_kind = demands.limit_kind and previous.limit_name = demands.limit_name
    left join action_prices on previous.limit_kind = 'action' and previous.limit_name = action_prices.limit_name
    left join channel_prices on previous.limit_kind = 'channel' and previous.limit_name = channel_prices.limit_name

),

-- 4. the half of the range in which the price must lie
halved as (

    select
        *,
        case when is_over then price else low_price end as low_now,
        case when is_over then high_price else price end as high_now
    from judged

),

ranged as (

    select
        *,
        case
            when not is_over and high_now - low_now <= 1e-9 * highest_price then greatest(0e0, low_now - 1e-3 * highest_price)
            else low_now
        end as low_next,
        case
            when is_over and high_now - low_now <= 1e-9 * highest_price then least(highest_price, high_now + 1e-3 * highest_price)
            else high_now
        end as high_next
    from halved

),

final as (

    select
        limit_kind,
        limit_name,
        capacity_left,
        smallest_amount,
        case
            when limit_kind != 'budget' then exact_price
            -- a budget that holds at no price has no other one
            when price = 0 and not is_over then 0e0
            else (low_next + high_next) / 2e0
        end as price,
        case when limit_kind = 'budget' then price else exact_price end as tried_price,
        used_now as used,
        low_next as low_price,
        high_next as high_price,
        highest_price
    from ranged

)

select * from final
