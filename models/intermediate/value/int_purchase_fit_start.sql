{#- One row per purchase model, period and segment: state 0 of the fit, held by the prior where fewer than 50 customers repeat. -#}
with

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

fits as (

    select
        period,
        segment,
        sum(case when repeat_orders > 0 and grain = 'exact' then weight else 0 end) < 50 as has_few_repeaters,
        -- everybody orders at the mean rate: a start that knows the unit of time
        ln({{ stable_sum('weight * age_weeks + 1') }} / {{ stable_sum('weight * (repeat_orders + 0.5e0)') }}) as log_weeks_per_order,
        -- 'coarse' where there are such data
        min(grain) as grain
    from histories
    group by period, segment

),

models as (

    select 'bg_nbd' as model
    union all
    select 'mbg_nbd' as model

),

final as (

    select
        models.model,
        fits.period,
        fits.segment,
        {{ newton_start(
            ['0e0', 'fits.log_weeks_per_order', '0e0', '1e0'],
            'fits.grain',
            "case when fits.has_few_repeaters then 'few_repeat_customers' end"
        ) }}
    from fits
    cross join models

)

select * from final
