{#-
  One row per measured channel: how fast its contacts wear off (the half-life under which all channels together explain most), whether orders
  stood out before the contacts, where no contact can be the cause, and whether its effect can be told.
-#}
{%- set before = incremental_kernels() | selectattr('is_before') | first -%}
with

fits as (

    select * from {{ ref('int_incremental_fits') }}

),

sums as (

    select * from {{ ref('int_incremental_sums') }}
    where row_no = column_no

),

channels as (

    select * from {{ ref('int_incremental_channels') }}
    where channel_no is not null

),

kernels as (

    {%- for kernel in incremental_kernels() if not kernel.is_before %}
    select
        {{ kernel.number }} as kernel_no,
        {{ kernel.half_life }} as half_life_days
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 1. the kernel of the people as they are
chosen as (

    select
        fits.channel_no,
        fits.kernel_no,
        kernels.half_life_days,
        fits.effect,
        fits.own_share
    from fits
    inner join kernels on fits.kernel_no = kernels.kernel_no
    where fits.replicate = 0
    qualify row_number() over (partition by fits.channel_no order by fits.gain desc, fits.kernel_no asc) = 1

),

-- 2. the same question about the days before
spread as (

    select
        channel_no,
        max(case when replicate = 0 then effect end) as effect,
        {{ stable_sum('case when replicate > 0 then effect end') }} as total,
        {{ stable_sum('case when replicate > 0 then effect * effect end') }} as squares,
        cast(count(case when replicate > 0 then 1 end) as double) as replicates
    from fits
    where kernel_no = {{ before.number }}
    group by channel_no

),

stocks as (

    select
        cast(floor((row_no + 1) / 2e0) as int) as channel_no,
        kernel_no,
        row_no % 2 = 0 as is_before,
        sum(stock) as stock
    from sums
    group by row_no, kernel_no

),

judged as (

    select
        channels.channel,
        channels.channel_no,
        channels.touch_count / cast(channels.known_touch_count as double) as scale,
        chosen.kernel_no,
        chosen.half_life_days,
        {{ round_significant('chosen.own_share') }} as own_share,
        {{ round_significant('chosen.effect * stocks_after.stock * channels.touch_count / cast(channels.known_touch_count as double)') }} as orders_after,
        {{ round_significant('spread.effect * stocks.stock * channels.touch_count / cast(channels.known_touch_count as double)') }} as orders_before,
        {{ round_significant(safe_divide(
            'spread.effect',
            'sqrt(greatest(spread.squares / spread.replicates - spread.total * spread.total / spread.replicates / spread.replicates, 0e0))'
        )) }} as before_z
    from channels
    inner join chosen on channels.channel_no = chosen.channel_no
    inner join spread on channels.channel_no = spread.channel_no
    inner join stocks
        on
            channels.channel_no = stocks.channel_no
            and stocks.kernel_no = {{ before.number }}
            and stocks.is_before
    inner join stocks as stocks_after
        on
            channels.channel_no = stocks_after.channel_no
            and chosen.kernel_no = stocks_after.kernel_no
            and not stocks_after.is_before

),

final as (

    select
        *,
        case
            when own_share < 0.1e0 then 'inseparable'
            -- more than chance, and as much as could make half of the effect
            when abs(before_z) >= 3e0 and abs(orders_before) >= 0.5e0 * abs(orders_after) then 'orders_before'
            else 'measured'
        end as judgement
    from judged

)

select * from final
