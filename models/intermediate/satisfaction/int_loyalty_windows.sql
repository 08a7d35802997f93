{#-
  One row per dimension, value and month with a change: buyers and repurchasers of the 365 days up to its
  end. Each order is its buyer's newest until the next one or until 365 days are over, so buyers are
  counted by comings and goings, without looking at a year of orders for every month.
-#}
{%- set dimensions = ['all', 'channel', 'region', 'store', 'segment', 'category'] -%}
with

orders as (

    select * from {{ ref('int_loyalty_orders') }}
    where buyer_number is not null

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. the orders of the same buyer and value before and after, by number; a buyer has one segment
sequenced as (

    select
        month,
        ordered_on,
        {%- for dimension in dimensions %}
        {%- if dimension not in ('all', 'segment') %}
        lead(ordered_on) over same_{{ dimension }} as {{ dimension }}_next,
        lag(ordered_on) over same_{{ dimension }} as {{ dimension }}_previous,
        {%- endif %}
        {%- endfor %}
        lead(ordered_on) over same_buyer as all_next,
        lag(ordered_on) over same_buyer as all_previous,
        '(all)' as all_value,
        {%- for dimension in dimensions if dimension != 'all' %}
        {{ dimension }}_value{{ ',' if not loop.last }}
        {%- endfor %}
    from orders
    window
        {%- for dimension in dimensions if dimension not in ('all', 'segment') %}
        same_{{ dimension }} as (partition by buyer_number, {{ dimension }}_value order by customer_order_number),
        {%- endfor %}
        same_buyer as (partition by buyer_number order by customer_order_number)

),

-- 2. until when the buyer counts by this order, and as somebody who had ordered before
bounded as (

    {%- for dimension in dimensions %}
    {%- set source = 'all' if dimension == 'segment' else dimension %}

    select
        '{{ dimension }}' as dimension,
        {{ dimension }}_value as dimension_value,
        month,
        ordered_on,
        least({{ source }}_next, {{ add_days('ordered_on', 365) }}) as buyer_until,
        case
            when {{ add_days(source ~ '_previous', 365) }} > ordered_on
                then least({{ source }}_next, {{ add_days(source ~ '_previous', 365) }})
        end as repurchaser_until
    from sequenced
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 3. comings and goings by month; who goes after as_of has not gone yet
comings as (

    select
        dimension,
        dimension_value,
        month,
        count(*) as buyer_change,
        count(case when repurchaser_until > ordered_on then 1 end) as repurchaser_change
    from bounded
    group by dimension, dimension_value, month

),

buyer_goings as (

    select
        bounded.dimension,
        bounded.dimension_value,
        {{ date_trunc_to('month', 'bounded.buyer_until') }} as month,
        -count(*) as buyer_change,
        0 as repurchaser_change
    from bounded
    cross join reference_date
    where bounded.buyer_until < reference_date.as_of
    group by bounded.dimension, bounded.dimension_value, {{ date_trunc_to('month', 'bounded.buyer_until') }}

),

repurchaser_goings as (

    select
        bounded.dimension,
        bounded.dimension_value,
        {{ date_trunc_to('month', 'bounded.repurchaser_until') }} as month,
        0 as buyer_change,
        -count(*) as repurchaser_change
    from bounded
    cross join reference_date
    where
        bounded.repurchaser_until > bounded.ordered_on
        and bounded.repurchaser_until < reference_date.as_of
    group by bounded.dimension, bounded.dimension_value, {{ date_trunc_to('month', 'bounded.repurchaser_until') }}

),

changes as (

    select * from comings
    union all
    select * from buyer_goings
    union all
    select * from repurchaser_goings

),

monthly_changes as (

    select
        dimension,
        dimension_value,
        month,
        sum(buyer_change) as buyer_change,
        sum(repurchaser_change) as repurchaser_change
    from changes
    group by dimension, dimension_value, month

),

final as (

    select
        dimension,
        dimension_value,
        month,
        cast(sum(buyer_change) over up_to_month as bigint) as buyers_365d,
        cast(sum(repurchaser_change) over up_to_month as bigint) as repurchasers_365d
    from monthly_changes
    window up_to_month as (
        partition by dimension, dimension_value order by month
        rows between unbounded preceding and current row
    )

)

select * from final
