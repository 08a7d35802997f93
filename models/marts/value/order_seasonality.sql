{#- One row per month of the year: how many repeat orders it brings for each of an average month, and whether customer_clv uses that. -#}
with

seasons as (

    select * from {{ ref('int_order_seasons') }}
    where period = 'history'

),

-- learned from the calibration: judged on months that it had all seen before
learned as (

    select max(known_months) as known_months
    from {{ ref('int_order_seasons') }}
    where period = 'calibration'

),

judged as (

    select
        seasons.*,
        coalesce(learned.known_months, 0) as learned_months,
        seasons.known_months = 12
        and coalesce(learned.known_months = 12, false)
        and seasons.months_held_out >= 3
        and coalesce(seasons.error_with_season < seasons.error_without_season, false) as is_used
    from seasons
    cross join learned

),

worded as (

    select
        *,
        {{ as_text('cast(error_with_season * 100e0 as decimal(18, 1))') }} as with_text,
        {{ as_text('cast(error_without_season * 100e0 as decimal(18, 1))') }} as without_text
    from judged

),

final as (

    select
        -- key
        month_number,

        -- attributes
        is_used,
        case
            when known_months < 12 then 'not used: not every month of the year is known'
            when learned_months < 12 or months_held_out < 3
                then 'not used: less than a year is known before the holdout, nothing to judge it by'
            when is_used then concat('used: orders by month of the holdout were off by ', with_text, ' % with it, ', without_text, ' % without')
            else concat('not used: orders by month of the holdout were off by ', with_text, ' % with it, ', without_text, ' % without')
        end as reason,
        case
            when known_months < 12 then '未采用：并非每个月份都有数据'
            when learned_months < 12 or months_held_out < 3 then '未采用：留出期之前不足一年，无从检验'
            when is_used then concat('采用：留出期各月订单的误差，计入季节为', with_text, '%，不计为', without_text, '%')
            else concat('未采用：留出期各月订单的误差，计入季节为', with_text, '%，不计为', without_text, '%')
        end as reason_zh,

        -- measures
        cast(orders as bigint) as repeat_orders,
        season_index,
        -- as of a Poisson count
        season_index * exp(-1.959963985e0 / sqrt(orders + 20e0)) as season_index_low,
        season_index * exp(1.959963985e0 / sqrt(orders + 20e0)) as season_index_high,
        error_without_season,
        error_with_season
    from worded

)

select * from final
