{#- One row per period and segment: state 0 of the Gamma-Gamma fit, held by the prior where fewer than 50 customers repeat. -#}
with

histories as (

    select * from {{ ref('int_spend_histories') }}

),

final as (

    select
        'gamma_gamma' as model,
        period,
        segment,
        {{ newton_start(
            ['0e0', '1e0', '0e0'],
            'min(grain)',
            "case when sum(case when grain = 'exact' then weight else 0 end) < 50 then 'few_repeat_customers' end"
        ) }}
    from histories
    group by period, segment

)

select * from final
