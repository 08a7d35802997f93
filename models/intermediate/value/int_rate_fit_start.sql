{#- One row per period, segment and half-life: state 0 of the drifting rate, held by the prior where fewer than 50 customers order again. -#}
with

histories as (

    select * from {{ ref('int_rate_histories') }}

),

final as (

    select
        'drifting_rate' as model,
        period,
        segment,
        half_life_weeks,
        {{ newton_start(
            ['0e0', 'ln((' ~ stable_sum('target_weeks') ~ ' + 1e0) / (sum(target_orders) + 0.5e0))'],
            "'exact'",
            "case when count(case when target_orders > 0 then 1 end) < 50 then 'few_repeat_customers' end"
        ) }}
    from histories
    group by period, segment, half_life_weeks

)

select * from final
