{#-
  One row per objective about a period that is not over: the metric at its end as it is to be expected, with a 90 %
  interval, and what that rests on: the demand forecast, purchase probabilities, or the pace of the last three months.
-#}
with

periods as (

    select * from {{ ref('int_objective_periods') }}

),

facts as (

    select * from {{ ref('int_objective_facts') }}
    where window_kind = 'period'

),

outlook as (

    select * from {{ ref('int_objective_outlook') }}

),

demand as (

    select * from {{ ref('int_objective_demand') }}

),

returns as (

    select * from {{ ref('int_objective_returns') }}

),

joined as (

    select
        outlook.*,
        periods.metric,
        periods.metric_kind,
        periods.expected_from,
        case periods.unit when 'points' then 100e0 else 1e0 end as scale,
        coalesce(facts.numerator, 0e0) as numerator_so_far,
        coalesce(facts.denominator, 0e0) as denominator_so_far,
        demand.forecast,
        demand.low as forecast_low,
        demand.high as forecast_high,
        returns.buyers,
        returns.variance as buyer_variance
    from outlook
    inner join periods on outlook.objective = periods.objective
    left join facts on outlook.objective = facts.objective
    left join demand on outlook.objective = demand.objective
    left join returns on outlook.objective = returns.objective

),

-- 1. which way: a forecast where there is one, else the pace; people are counted by their chances only
based as (

    select
        *,
        denominator_so_far + denominator as whole_denominator,
        case
            when expected_from = 'propensities' then case when buyers is not null then 'propensities' end
            when expected_from = 'demand_forecast' and forecast is not null and value_per_unit is not null
                then 'demand_forecast'
            when numerator is not null then 'run_rate'
        end as basis
    from joined

),

-- 2. totals add what is to come; rates divide both by all that there will be
estimated as (

    select
        *,
        {{ z_90() }} as z,
        case
            when basis = 'demand_forecast' then numerator_so_far + forecast * value_per_unit
            when basis = 'propensities' and metric_kind = 'total' then numerator_so_far + buyers
            when basis = 'propensities' then {{ safe_divide('numerator_so_far + buyers', 'denominator_so_far') }}
            when basis = 'run_rate' and metric_kind = 'total' then numerator_so_far + numerator
            when basis = 'run_rate'
                then scale * {{ safe_divide('numerator_so_far + numerator', 'whole_denominator') }}
        end as expected,
        -- the rate of the days to come varies by chance, and the pace that it is taken from did
        case
            when basis = 'propensities' and metric_kind = 'total' then sqrt(buyer_variance)
            when basis = 'propensities' then {{ safe_divide('sqrt(buyer_variance)', 'denominator_so_far') }}
            when basis = 'run_rate' and metric_kind = 'total' then numerator * relative_error
            when basis = 'run_rate' and unit_variance is not null
                then scale * {{ safe_divide(
                    'sqrt(greatest(0e0, unit_variance) * denominator * (1e0 + ' ~ safe_divide('denominator', 'pace_denominator') ~ '))',
                    'whole_denominator'
                ) }}
        end as standard_error
    from based

),

bounded as (

    select
        *,
        case
            when basis = 'demand_forecast' then numerator_so_far + forecast_low * value_per_unit
            when standard_error is null then cast(null as double)
            when metric_kind = 'total' then greatest(numerator_so_far, expected - z * standard_error)
            when scale = 1e0 then greatest(0e0, expected - z * standard_error)
            else greatest(-scale, expected - z * standard_error)
        end as low,
        case
            when basis = 'demand_forecast' then numerator_so_far + forecast_high * value_per_unit
            when standard_error is null then cast(null as double)
            when metric = 'attributed_roas' or metric_kind = 'total' then expected + z * standard_error
            else least(scale, expected + z * standard_error)
        end as high
    from estimated

),

final as (

    select
        -- key
        objective,

        -- the metric at the end of the period
        basis,
        {{ round_significant('expected') }} as expected,
        {{ round_significant('low') }} as low,
        {{ round_significant('high') }} as high
    from bounded

)

select * from final
