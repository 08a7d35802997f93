{#-
  One row per customer with consent to analytics and an order: what serving them has cost beside the
  goods (contact, service tickets, returns), what winning them cost, and their margin rate.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

touches as (

    select * from {{ ref('stg_marketing__campaign_touches') }}

),

actions as (

    select * from {{ ref('stg_marketing__action_log') }}

),

campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}

),

tickets as (

    select * from {{ ref('stg_feedback__service_tickets') }}

),

rules as (

    select * from {{ ref('value_rules') }}

),

rates as (

    select
        max(case when rule = 'service_cost_per_ticket' then cast(value as double) end) as service_cost_per_ticket,
        max(case when rule = 'handling_cost_per_return' then cast(value as double) end) as handling_cost_per_return,
        max(case when rule = 'margin_prior_orders' then cast(value as double) end) as margin_prior_orders
    from rules

),

-- 1. orders, returns and margin, where the cost of goods is known
eligible_orders as (

    select orders.*
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent

),

order_totals as (

    select
        customer_id,
        min(ordered_at) as first_ordered_at,
        max(case when customer_order_number = 1 then campaign_id end) as first_campaign_id,
        count(*) as orders,
        cast(sum(net_revenue) as decimal(18, 2)) as net_revenue,
        case when count(gross_margin) = count(*) then cast(sum(gross_margin) as decimal(18, 2)) end as gross_margin,
        sum(return_count) as returns,
        cast(sum(case when gross_margin is not null then net_revenue else 0 end) as double) as costed_revenue,
        cast(sum(coalesce(gross_margin, 0)) as double) as costed_margin,
        count(gross_margin) as costed_orders
    from eligible_orders
    group by customer_id

),

base_rates as (

    select
        {{ safe_divide(stable_sum('costed_margin'), stable_sum('costed_revenue')) }} as margin_rate,
        {{ safe_divide(stable_sum('costed_revenue'), 'sum(costed_orders)') }} as order_value
    from order_totals

),

-- 2. what was spent on contacting each customer
spent as (

    select
        source_system,
        account_id,
        occurred_at as spent_at,
        cast({{ to_base('cost') }} as double) as amount,
        true as is_touch
    from touches
    where account_id is not null and cost > 0
    union all
    select
        source_system,
        account_id,
        acted_at as spent_at,
        cast({{ to_base('cost') }} as double) as amount,
        false as is_touch
    from actions
    where cost > 0

),

spent_with_system as (

    select
        coalesce(spent.source_system, unique_ids.source_system) as source_system,
        spent.account_id,
        spent.spent_at,
        spent.amount,
        spent.is_touch
    from spent
    left join unique_ids on spent.account_id = unique_ids.account_id

),

contact_costs as (

    select
        order_totals.customer_id,
        {{ stable_sum('case when spent_with_system.spent_at > order_totals.first_ordered_at then spent_with_system.amount else 0e0 end') }}
            as contact_cost,
        {{ stable_sum('case when spent_with_system.spent_at <= order_totals.first_ordered_at then spent_with_system.amount else 0e0 end') }}
            as acquisition_touch_cost
    from spent_with_system
    inner join accounts
        on
            spent_with_system.source_system = accounts.source_system
            and spent_with_system.account_id = accounts.account_id
    inner join order_totals on accounts.customer_id = order_totals.customer_id
    group by order_totals.customer_id

),

-- 3. a campaign's fixed cost is shared by the customers whose first order it brought
campaign_shares as (

    select
        campaigns.campaign_id,
        max(cast({{ to_base('campaigns.cost', 'campaigns.rate_to_base') }} as double))
            / nullif(cast(count(order_totals.customer_id) as double), 0e0) as cost_per_customer
    from campaigns
    inner join order_totals on campaigns.campaign_id = order_totals.first_campaign_id
    where campaigns.cost > 0
    group by campaigns.campaign_id

),

-- 4. service
tickets_with_system as (

    select
        coalesce(tickets.source_system, unique_ids.source_system) as source_system,
        tickets.account_id
    from tickets
    left join unique_ids on tickets.account_id = unique_ids.account_id
    where tickets.account_id is not null

),

ticket_counts as (

    select
        accounts.customer_id,
        count(*) as tickets
    from tickets_with_system
    inner join accounts
        on
            tickets_with_system.source_system = accounts.source_system
            and tickets_with_system.account_id = accounts.account_id
    group by accounts.customer_id

),

final as (

    select
        -- key
        order_totals.customer_id,

        -- totals
        order_totals.orders,
        order_totals.net_revenue,
        order_totals.gross_margin,

        -- margin: the customer's own, drawn to the average by a few average orders
        case
            when base_rates.margin_rate is null then 'unknown_cost'
            when order_totals.costed_orders > 0 then 'own_orders'
            else 'average'
        end as margin_basis,
        case
            when base_rates.margin_rate is null then 1e0
            else least(1e0, greatest(-1e0, coalesce({{ safe_divide(
                '(order_totals.costed_margin + rates.margin_prior_orders * base_rates.margin_rate * base_rates.order_value)',
                '(greatest(order_totals.costed_revenue, 0e0) + rates.margin_prior_orders * base_rates.order_value)'
            ) }}, base_rates.margin_rate)))
        end as margin_rate,

        -- costs so far, per order
        coalesce(contact_costs.contact_cost, 0e0) / order_totals.orders as contact_cost_per_order,
        coalesce(ticket_counts.tickets, 0) * rates.service_cost_per_ticket / order_totals.orders as service_cost_per_order,
        order_totals.returns * rates.handling_cost_per_return / order_totals.orders as return_cost_per_order,
        coalesce(contact_costs.acquisition_touch_cost, 0e0) + coalesce(campaign_shares.cost_per_customer, 0e0)
            as acquisition_cost
    from order_totals
    cross join base_rates
    cross join rates
    left join contact_costs on order_totals.customer_id = contact_costs.customer_id
    left join ticket_counts on order_totals.customer_id = ticket_counts.customer_id
    left join campaign_shares on order_totals.first_campaign_id = campaign_shares.campaign_id

)

select * from final
