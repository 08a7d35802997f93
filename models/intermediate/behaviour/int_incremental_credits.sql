{#-
  One row per channel whose effect can be told (`(all marketing)`: all of them) and period (`all`, else a month): orders that its contacts
  added on the days of the period, with a 95 % interval over bootstrap samples of the people. Scaled up to contacts of
  people whom nobody knows and who are not in the sample, as if they worked alike.
-#}
{%- set kernels = incremental_kernels() | rejectattr('is_before') | list -%}
with

effects as (

    select * from {{ ref('int_incremental_effects') }}

),

channels as (

    select * from {{ ref('int_incremental_channels') }}
    where channel_no is not null

),

-- 1. stock by month in which it works
monthly as (

    select
        channel_no,
        {{ year_month('date_day') }} as period
        {%- for kernel in kernels %},
        sum(power(2e0, -days_away / {{ kernel.half_life }}e0) * day_share) as s_{{ kernel.number }}
        {%- endfor %}
    from {{ ref('int_incremental_stocks') }}
    where not is_before
    group by channel_no, {{ year_month('date_day') }}

),

stocks as (

    {%- for kernel in kernels %}
    select
        channel_no,
        period,
        {{ kernel.number }} as kernel_no,
        s_{{ kernel.number }} as stock
    from monthly
    union all
    select
        channel_no,
        'all' as period,
        {{ kernel.number }} as kernel_no,
        sum(s_{{ kernel.number }}) as stock
    from monthly
    group by channel_no
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 2. every sample chooses its kernel, so that the choice is part of what is uncertain
credited as (

    select
        effects.replicate,
        effects.channel,
        stocks.period,
        effects.effect * stocks.stock * effects.scale as orders
    from effects
    inner join channels on effects.channel = channels.channel
    inner join stocks
        on
            channels.channel_no = stocks.channel_no
            and effects.kernel_no = stocks.kernel_no

),

summed as (

    select * from credited

    union all

    select
        replicate,
        '(all marketing)' as channel,
        period,
        sum(orders) as orders
    from credited
    group by replicate, period

),

final as (

    select
        channel,
        period,
        round(max(case when replicate = 0 then orders end), 4) as incremental_orders,
        round(percentile_cont(0.025) within group (order by case when replicate > 0 then orders end), 4) as orders_low,
        round(percentile_cont(0.975) within group (order by case when replicate > 0 then orders end), 4) as orders_high
    from summed
    group by channel, period

)

select * from final
