{#-
  One row per channel whose effect can be told (`(all marketing)`: all of them) and period (`all`, else a month): orders that its contacts
  added on the days of the period, with a 95 % interval over bootstrap samples of the people. Scaled up to contacts of
  people whom nobody knows and who are not in the sample, as if they worked alike.
-#}
{%- set kernels = incremental_kernels() | rejectattr('is_before') | list -%}
with

fits as (

    select * from {{ ref('int_incremental_fits') }}

),

judgements as (

    select * from {{ ref('int_incremental_judgements') }}
    where judgement = 'measured'

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
chosen as (

    select
        replicate,
        kernel_no
    from fits
    where kernel_no <= {{ kernels | length }}
    qualify row_number() over (partition by replicate order by gain desc, kernel_no asc, channel_no asc) = 1

),

credited as (

    select
        fits.replicate,
        judgements.channel,
        stocks.period,
        fits.effect * stocks.stock * judgements.scale as orders
    from fits
    inner join chosen
        on
            fits.replicate = chosen.replicate
            and fits.kernel_no = chosen.kernel_no
    inner join judgements on fits.channel_no = judgements.channel_no
    inner join stocks
        on
            fits.channel_no = stocks.channel_no
            and fits.kernel_no = stocks.kernel_no

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
