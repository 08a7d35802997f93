{#-
  One row per objective and window with anything to count: the metric as a total, or as numerator and
  denominator with the sum of squares that its variance needs.
-#}
with

windows as (

    select * from {{ ref('int_objective_windows') }}

),

order_facts as (

    select * from {{ ref('int_objective_order_facts') }}

),

loyalty as (

    select * from {{ ref('loyalty_metrics') }}

),

scores as (

    select * from {{ ref('satisfaction_scores') }}
    where period_type = 'month'

),

funnel_entries as (

    select * from {{ ref('funnel_entries') }}

),

marketing_money as (

    select * from {{ ref('int_marketing_money_days') }}

),

clv as (

    select * from {{ ref('customer_clv') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

-- 1. what marts count by month
loyalty_rates as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        cast(sum(case windows.metric
            when 'repurchase_rate' then loyalty.matured_repurchasers
            when 'complaint_rate' then loyalty.complained_orders
            else loyalty.returned_orders
        end) as double) as numerator,
        cast(sum(case windows.metric
            when 'repurchase_rate' then loyalty.matured_customers
            else loyalty.orders
        end) as double) as denominator
    from windows
    inner join loyalty
        on
            windows.scope = loyalty.dimension
            and windows.scope_value = loyalty.dimension_value
            and windows.from_date <= loyalty.period_start
            and windows.to_date > loyalty.period_start
    where windows.metric in ('repurchase_rate', 'complaint_rate', 'return_rate')
    group by windows.objective, windows.window_kind, windows.months_back

),

answers as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        cast(sum(case windows.metric
            when 'nps' then scores.promoters - scores.detractors
            else scores.promoters
        end) as double) as numerator,
        cast(sum(scores.responses) as double) as denominator,
        cast(sum(case windows.metric
            when 'nps' then scores.promoters + scores.detractors
            else scores.promoters
        end) as double) as squares,
        cast(null as double) as units
    from windows
    inner join scores
        on
            windows.metric = scores.metric
            and windows.scope = scores.dimension
            and windows.scope_value = scores.dimension_value
            and windows.from_date <= scores.period_start
            and windows.to_date > scores.period_start
    group by windows.objective, windows.window_kind, windows.months_back

),

-- 2. attempts that are over
attempts as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        cast(count(case when funnel_entries.converted then 1 end) as double) as numerator,
        cast(count(case when funnel_entries.converted or not funnel_entries.still_open then 1 end) as double)
            as denominator
    from windows
    inner join funnel_entries
        on
            windows.detail = funnel_entries.funnel
            and windows.from_date <= funnel_entries.entered_on
            and windows.to_date > funnel_entries.entered_on
    where
        windows.metric = 'funnel_conversion'
        and case windows.scope
            when 'channel' then funnel_entries.channel = windows.scope_value
            when 'region' then funnel_entries.region = windows.scope_value
            when 'segment' then funnel_entries.segment = windows.scope_value
            else true
        end
    group by windows.objective, windows.window_kind, windows.months_back

),

-- 3. what channels with spend brought, and the spend
roas as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        {{ stable_sum('marketing_money.revenue') }} as numerator,
        {{ stable_sum('marketing_money.cost') }} as denominator,
        cast(null as double) as squares,
        cast(null as double) as units
    from windows
    inner join marketing_money
        on
            windows.from_date <= marketing_money.happened_on
            and windows.to_date > marketing_money.happened_on
            and (windows.detail = marketing_money.model or marketing_money.model = '(spend)')
            and (windows.scope = 'all' or windows.scope_value = marketing_money.channel)
    where windows.metric = 'attributed_roas'
    group by windows.objective, windows.window_kind, windows.months_back

),

-- 4. what customers are worth today
valued as (

    select
        clv.clv_365d,
        clv.acquisition_cost,
        coalesce(segments.segment, '(none)') as segment,
        coalesce(customers.home_region, '(unknown)') as region
    from clv
    inner join customers on clv.customer_id = customers.customer_id
    left join segments on clv.customer_id = segments.customer_id

),

customer_values as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        cast(sum(valued.clv_365d) as double) as numerator,
        cast(sum(case when windows.metric = 'clv' then 1 else valued.acquisition_cost end) as double) as denominator,
        cast(null as double) as squares,
        cast(null as double) as units
    from windows
    inner join valued
        on
            windows.scope = 'all'
            or windows.scope = 'segment' and windows.scope_value = valued.segment
            or windows.scope = 'region' and windows.scope_value = valued.region
    -- who cost nothing says nothing about what spend brings
    where windows.metric = 'clv' or (windows.metric = 'clv_to_acquisition_cost' and valued.acquisition_cost > 0)
    group by windows.objective, windows.window_kind, windows.months_back

),

final as (

    {%- for counted in ['order_facts', 'loyalty_rates', 'answers', 'attempts', 'roas', 'customer_values'] %}
    {%- set is_share = counted in ['loyalty_rates', 'attempts'] %}
    select
        objective,
        window_kind,
        months_back,
        numerator,
        denominator,
        {{ 'numerator as squares' if is_share else 'squares' }},
        {{ 'cast(null as double) as units' if is_share else 'units' }}
    from {{ counted }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
