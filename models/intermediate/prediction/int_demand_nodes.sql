{#-
  One row per category, channel, cutoff and week ahead, `(all)` where categories or channels are added up: forecast of the used method
  and what came (null for cutoff 0). The forecast of a category is divided by the shares of its channels, to four decimals;
  all else is the sum of those parts, so that every level agrees with the others.
-#}
with

candidates as (

    select * from {{ ref('int_demand_candidates') }}

),

methods as (

    select * from {{ ref('demand_forecast_methods') }}
    where is_used

),

shares as (

    select * from {{ ref('int_demand_shares') }}

),

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

used as (

    select candidates.*
    from candidates
    inner join methods
        on
            candidates.category = methods.category
            and candidates.method = methods.method

),

parts as (

    select
        used.category,
        shares.channel,
        used.cutoff_no,
        used.weeks_ahead,
        used.week_no,
        {{ to_decimal('used.forecast * shares.channel_share', 4) }} as forecast
    from used
    inner join shares
        on
            used.category = shares.category
            and used.cutoff_no = shares.cutoff_no

),

-- channels that had not sold yet at the cutoff: nothing was forecast, and what came counts
channels as (

    select
        category,
        channel
    from weeks
    group by category, channel

),

with_actuals as (

    select
        used.category,
        channels.channel,
        used.cutoff_no,
        used.weeks_ahead,
        used.week_no,
        coalesce(parts.forecast, cast(0 as decimal(18, 4))) as forecast,
        case when used.cutoff_no > 0 then cast(coalesce(weeks.units, 0e0) as decimal(18, 4)) end as actual
    from used
    inner join channels on used.category = channels.category
    left join parts
        on
            used.category = parts.category
            and channels.channel = parts.channel
            and used.cutoff_no = parts.cutoff_no
            and used.weeks_ahead = parts.weeks_ahead
    left join weeks
        on
            used.category = weeks.category
            and channels.channel = weeks.channel
            and used.week_no = weeks.week_no

),

final as (

    select
        -- key
        case when grouping(category) = 1 then '(all)' else category end as category,
        case when grouping(channel) = 1 then '(all)' else channel end as channel,
        cutoff_no,
        weeks_ahead,

        -- attributes
        max(week_no) as week_no,

        -- measures
        cast(sum(forecast) as double) as forecast,
        cast(sum(actual) as double) as actual
    from with_actuals
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ( -- noqa: PRS
        (cutoff_no, weeks_ahead, category, channel),
        (cutoff_no, weeks_ahead, category),
        (cutoff_no, weeks_ahead, channel),
        (cutoff_no, weeks_ahead)
    )

)

select * from final
