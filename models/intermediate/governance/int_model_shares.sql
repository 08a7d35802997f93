{#-
  One row per fitted model, population (its scores, or an input of it) and bin: how many of today lie in it.
  Bins are the same in every build; categories have no number.
-#}
with

propensities as (

    select * from {{ ref('customer_propensities') }}
    where probability > 0e0 and probability < 1e0

),

customer_values as (

    select * from {{ ref('customer_clv') }}

),

segments as (

    select * from {{ ref('customer_segments') }}

),

recommendations as (

    select * from {{ ref('customer_recommendations') }}

),

demand as (

    select * from {{ ref('category_demand_history') }}

),

newest_week as (

    select max(week_start) as week_start from demand

),

-- 1. probabilities in half steps of log-odds, amounts on a logarithmic scale
numbered as (

    select
        concat('propensity:', target) as model,
        'score_psi' as name,
        cast(floor(2e0 * ln(probability / (1e0 - probability)) + 1e-9) as int) as bin_no,
        count(*) as row_count
    from propensities
    group by target, cast(floor(2e0 * ln(probability / (1e0 - probability)) + 1e-9) as int)
    {%- for model, name, value in [
        ('clv_orders', 'score_psi', '10e0 * expected_orders_365d'),
        ('clv_orders', 'input_psi:repeat_orders', 'repeat_orders'),
        ('clv_orders', 'input_psi:recency_weeks', 'recency_weeks'),
        ('clv_orders', 'input_psi:age_weeks', 'age_weeks'),
        ('clv_spend', 'score_psi', 'greatest(expected_order_value, 0e0)'),
    ] %}
    union all
    select
        '{{ model }}' as model,
        '{{ name }}' as name,
        {{ log_bin(value) }} as bin_no,
        count(*) as row_count
    from customer_values
    group by {{ log_bin(value) }}
    {%- endfor %}

),

-- 2. groups by their name: the number of a cluster may change places with another's
named as (

    select
        concat('clusters:', segmentation) as model,
        'score_psi' as name,
        cluster_label as bin,
        count(*) as row_count
    from segments
    group by segmentation, cluster_label
    union all
    select
        concat('recommendation:', item_type, ':', answer) as model,
        'score_psi' as name,
        category as bin,
        count(*) as row_count
    from recommendations
    where rank = 1
    group by item_type, answer, category
    union all
    select
        'demand_forecast:(all)' as model,
        'input_psi:category' as name,
        demand.category as bin,
        cast(floor(sum(demand.units) + 0.5e0) as bigint) as row_count
    from demand
    cross join newest_week
    where {{ days_between('demand.week_start', 'newest_week.week_start') }} < 28
    group by demand.category

),

final as (

    select
        model,
        name,
        coalesce({{ as_text('bin_no') }}, '(unknown)') as bin,
        bin_no,
        cast(row_count as bigint) as row_count
    from numbered
    union all
    select
        model,
        name,
        coalesce(bin, '(unknown)') as bin,
        cast(null as int) as bin_no,
        greatest(row_count, 0) as row_count
    from named

)

select * from final
