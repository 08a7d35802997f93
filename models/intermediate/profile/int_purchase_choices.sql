{#-
  One row per customer (by number), signal of orders (int_preference_signals) and value: on how many orders the
  customer chose it. A view: int_preferences alone reads it.
-#}
{{ config(materialized='view') }}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

signals as (

    select * from {{ ref('int_preference_signals') }}
    where source = 'purchase'

),

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

dayparts as (

    select * from {{ ref('dayparts') }}

),

seasons as (

    select * from {{ ref('seasons') }}

),

-- 1. orders: one value each of channel, payment method, shop and time
order_facts as (

    select
        population.person_number,
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

    {%- for dimension in ['channel', 'payment_method', 'store_id', 'daypart', 'weekday', 'week_part', 'season'] %}
    select
        person_number,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        ordered_on,
        ordered_at
    from order_facts
    where {{ dimension }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

order_choices as (

    select
        order_values.person_number,
        signals.signal_no,
        order_values.dimension_value,
        count(*) as signal_count,
        min(order_values.ordered_at) as first_at,
        max(order_values.ordered_at) as last_at
    from order_values
    inner join signals
        on
            order_values.dimension = signals.dimension
            and order_values.ordered_on >= signals.window_from
    group by order_values.person_number, signals.signal_no, order_values.dimension_value

),

order_totals as (

    select
        person_number,
        signal_no,
        sum(signal_count) as total_count
    from order_choices
    group by person_number, signal_no

),

-- 2. lines: an order may have several categories and brands, each counts once
line_values as (

    {%- for dimension in ['category', 'subcategory', 'brand'] %}
    select
        customer_id,
        order_id,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        ordered_on,
        ordered_at
    from lines
    where {{ dimension }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

values_of_orders as (

    select
        population.person_number,
        signals.signal_no,
        line_values.order_id,
        line_values.dimension_value,
        min(line_values.ordered_at) as ordered_at
    from line_values
    inner join signals
        on
            line_values.dimension = signals.dimension
            and line_values.ordered_on >= signals.window_from
    inner join population on line_values.customer_id = population.customer_id
    group by population.person_number, signals.signal_no, line_values.order_id, line_values.dimension_value

),

line_choices as (

    select
        person_number,
        signal_no,
        dimension_value,
        count(*) as signal_count,
        min(ordered_at) as first_at,
        max(ordered_at) as last_at
    from values_of_orders
    group by person_number, signal_no, dimension_value

),

line_totals as (

    select
        person_number,
        signal_no,
        count(distinct order_id) as total_count
    from values_of_orders
    group by person_number, signal_no

),

{% set columns = ['person_number', 'signal_no', 'dimension_value', 'signal_count', 'first_at', 'last_at'] %}
final as (

    {%- for source in ['order', 'line'] %}
    select
        {%- for column in columns %}
        {{ source }}_choices.{{ column }},
        {%- endfor %}
        cast({{ source }}_totals.total_count as bigint) as total_count
    from {{ source }}_choices
    inner join {{ source }}_totals
        on
            {{ source }}_choices.person_number = {{ source }}_totals.person_number
            and {{ source }}_choices.signal_no = {{ source }}_totals.signal_no
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
