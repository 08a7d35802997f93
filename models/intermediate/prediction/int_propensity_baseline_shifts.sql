{#-
  One row per target: how far the log-odds of its baselines are moved towards the rate of the newest matured
  cutoff, as int_propensity_shifts moves the model: near the whole way where many cases tell it, less where few do.
-#}
with

base_rates as (

    select * from {{ ref('int_propensity_baselines') }}
    where model = 'base_rate'

),

holdout as (

    select
        fit_no,
        (sum(positives) + 0.5e0) / (sum(example_count) + 1e0) as newest_rate,
        sum(example_count) as example_count
    from {{ ref('int_propensity_cells') }}
    where role = 'holdout'
    group by fit_no

),

rules as (

    select max(case when rule = 'level_spread' then threshold end) as level_spread
    from {{ ref('prediction_rules') }}

),

measured as (

    select
        holdout.fit_no,
        ln(holdout.newest_rate / (1e0 - holdout.newest_rate))
        - ln(base_rates.base_rate / (1e0 - base_rates.base_rate)) as whole_shift,
        rules.level_spread * rules.level_spread
        * holdout.example_count * holdout.newest_rate * (1e0 - holdout.newest_rate) as information
    from holdout
    inner join base_rates on holdout.fit_no = base_rates.fit_no
    cross join rules

),

final as (

    select
        fit_no,
        whole_shift * information / (1e0 + information) as shift
    from measured

)

select * from final
