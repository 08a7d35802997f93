{#-
  One row per customer, signal (source, event type, dimension, window) that an active tag reads, and
  value: on how many orders (source purchase) or active days (online) the customer chose it.
-#}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

),

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

interest_days as (

    select * from {{ ref('int_interest_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

dayparts as (

    select * from {{ ref('dayparts') }}

),

seasons as (

    select * from {{ ref('seasons') }}

),

-- 1. only what some tag reads is counted
wanted as (

    select
        source,
        event_type,
        reads as dimension,
        window_days,
        window_from
    from registry
    where tag_kind in ('top_preference', 'event_preference', 'first_last')
    group by source, event_type, reads, window_days, window_from

),

-- 2. orders: one value each of channel, payment method, shop and time
order_facts as (

    select
        orders.customer_id,
        orders.order_id,
        orders.ordered_on,
        orders.ordered_at,
        orders.channel,
        orders.payment_method,
        orders.store_id,
        dayparts.daypart,
        case {{ iso_day_of_week('orders.ordered_on') }}
            when 1 then 'monday'
            when 2 then 'tuesday'
            when 3 then 'wednesday'
            when 4 then 'thursday'
            when 5 then 'friday'
            when 6 then 'saturday'
            else 'sunday'
        end as weekday,
        case when {{ iso_day_of_week('orders.ordered_on') }} >= 6 then 'weekend' else 'weekday' end as week_part,
        seasons.season
    from orders
    inner join population on orders.customer_id = population.customer_id
    left join dayparts on hour({{ local_time('orders.ordered_at') }}) = dayparts.hour_of_day
    left join seasons on month(orders.ordered_on) = seasons.month_number

),

order_values as (

    select
        order_facts.customer_id,
        wanted.source,
        wanted.event_type,
        wanted.dimension,
        wanted.window_days,
        case wanted.dimension
            when 'channel' then order_facts.channel
            when 'payment_method' then order_facts.payment_method
            when 'store_id' then order_facts.store_id
            when 'daypart' then order_facts.daypart
            when 'weekday' then order_facts.weekday
            when 'week_part' then order_facts.week_part
            when 'season' then order_facts.season
        end as dimension_value,
        order_facts.order_id,
        order_facts.ordered_at
    from order_facts
    inner join wanted on order_facts.ordered_on >= wanted.window_from
    where
        wanted.source = 'purchase'
        and wanted.dimension in ('channel', 'payment_method', 'store_id', 'daypart', 'weekday', 'week_part', 'season')

),

-- 3. lines: an order may have several categories and brands, each counts once
line_values as (

    select
        lines.customer_id,
        wanted.source,
        wanted.event_type,
        wanted.dimension,
        wanted.window_days,
        case wanted.dimension
            when 'category' then lines.category
            when 'subcategory' then lines.subcategory
            when 'brand' then lines.brand
        end as dimension_value,
        lines.order_id,
        lines.ordered_at
    from lines
    inner join population on lines.customer_id = population.customer_id
    inner join wanted on lines.ordered_on >= wanted.window_from
    where
        wanted.source = 'purchase'
        and wanted.dimension in ('category', 'subcategory', 'brand')

),

purchase_values as (

    select * from order_values
    union all
    select * from line_values

),

purchase_counts as (

    select
        customer_id,
        source,
        event_type,
        dimension,
        window_days,
        dimension_value,
        count(distinct order_id) as signal_count,
        min(ordered_at) as first_at,
        max(ordered_at) as last_at
    from purchase_values
    where dimension_value is not null
    group by customer_id, source, event_type, dimension, window_days, dimension_value

),

purchase_totals as (

    select
        customer_id,
        source,
        event_type,
        dimension,
        window_days,
        count(distinct order_id) as total_count
    from purchase_values
    where dimension_value is not null
    group by customer_id, source, event_type, dimension, window_days

),

-- 4. online: days, so that one long visit does not outweigh many short ones
online_values as (

    select
        accounts.customer_id,
        wanted.source,
        wanted.event_type,
        wanted.dimension,
        wanted.window_days,
        case when wanted.dimension = 'daypart' then dayparts.daypart else interest_days.dimension_value end as dimension_value,
        interest_days.activity_on
    from interest_days
    inner join accounts on interest_days.account_key = accounts.account_key
    inner join population on accounts.customer_id = population.customer_id
    inner join wanted
        on
            interest_days.dimension = case when wanted.dimension = 'daypart' then 'hour' else wanted.dimension end
            and interest_days.event_type = wanted.event_type
            and interest_days.activity_on >= wanted.window_from
    left join dayparts
        on
            wanted.dimension = 'daypart'
            and interest_days.dimension_value = {{ as_text('dayparts.hour_of_day') }}
    where wanted.source = 'online'

),

online_counts as (

    select
        customer_id,
        source,
        event_type,
        dimension,
        window_days,
        dimension_value,
        count(distinct activity_on) as signal_count,
        cast(min(activity_on) as timestamp) as first_at,
        cast(max(activity_on) as timestamp) as last_at
    from online_values
    where dimension_value is not null
    group by customer_id, source, event_type, dimension, window_days, dimension_value

),

online_totals as (

    select
        customer_id,
        source,
        event_type,
        dimension,
        window_days,
        count(distinct activity_on) as total_count
    from online_values
    where dimension_value is not null
    group by customer_id, source, event_type, dimension, window_days

),

counts as (

    select * from purchase_counts
    union all
    select * from online_counts

),

totals as (

    select * from purchase_totals
    union all
    select * from online_totals

),

final as (

    select
        counts.customer_id,
        counts.source,
        counts.event_type,
        counts.dimension,
        counts.window_days,
        counts.dimension_value,
        counts.signal_count,
        totals.total_count,
        counts.first_at,
        counts.last_at,
        row_number() over (
            partition by counts.customer_id, counts.source, counts.event_type, counts.dimension, counts.window_days
            order by counts.signal_count desc, counts.last_at desc, counts.dimension_value asc
        ) as preference_rank
    from counts
    inner join totals
        on
            counts.customer_id = totals.customer_id
            and counts.source = totals.source
            and counts.event_type = totals.event_type
            and counts.dimension = totals.dimension
            and counts.window_days = totals.window_days

)

select * from final
