{#- One row per goal, factor and level: how often visits with it convert, alone and adjusted for all other factors. -#}
with

levels as (

    select * from {{ ref('int_driver_levels') }}

),

fit as (

    select * from {{ ref('int_driver_fit') }}

),

errors as (

    select * from {{ ref('int_driver_errors') }}

),

goals as (

    select * from {{ ref('driver_goals') }}

),

factors as (

    select * from {{ ref('driver_factors') }}

),

-- 1. each level against the reference of its factor; half a visit is added where a cell is empty
compared as (

    select
        levels.*,
        case
            when
                levels.converted = 0 or levels.converted = levels.exposed
                or reference_levels.converted = 0 or reference_levels.converted = reference_levels.exposed
                then 0.5e0
            else 0e0
        end as correction,
        reference_levels.level as reference_level,
        reference_levels.exposed as reference_exposed,
        reference_levels.converted as reference_converted
    from levels
    inner join levels as reference_levels
        on
            levels.goal = reference_levels.goal
            and levels.factor = reference_levels.factor
            and reference_levels.is_reference

),

crude as (

    select
        *,
        case
            when not is_reference then
                ln((converted + correction) / (exposed - converted + correction))
                - ln((reference_converted + correction) / (reference_exposed - reference_converted + correction))
        end as log_odds,
        case
            when not is_reference then sqrt(
                1e0 / (converted + correction) + 1e0 / (exposed - converted + correction)
                + 1e0 / (reference_converted + correction)
                + 1e0 / (reference_exposed - reference_converted + correction)
            )
        end as log_odds_error
    from compared

),

-- the fit's last digits depend on the order of its rows
with_fit as (

    select
        crude.*,
        {{ round_significant('fit.coefficient', 8) }} as adjusted_log_odds,
        {{ round_significant('errors.standard_error', 8) }} as adjusted_error
    from crude
    left join fit
        on
            crude.goal = fit.goal
            and crude.feature_no = fit.feature_no
    left join errors
        on
            crude.goal = errors.goal
            and crude.feature_no = errors.feature_no

),

with_statistics as (

    select
        *,
        {{ safe_divide('log_odds', 'log_odds_error') }} as z_score,
        {{ safe_divide('adjusted_log_odds', 'adjusted_error') }} as adjusted_z
    from with_fit

),

with_p as (

    select
        *,
        {{ two_sided_p('z_score') }} as p_value,
        {{ two_sided_p('adjusted_z') }} as adjusted_p_value
    from with_statistics

),

-- 2. many levels are tried: control of the share of false discoveries, per goal
with_crude_q as (

    {{ benjamini_hochberg('with_p', 'p_value', ['goal']) }}

),

with_adjusted_q as (

    {{ benjamini_hochberg('with_crude_q', 'adjusted_p_value', ['goal'], 'adjusted_q_value') }}

),

final as (

    select
        -- key
        with_adjusted_q.goal,
        with_adjusted_q.factor,
        with_adjusted_q.level,

        -- attributes
        goals.label_en as goal_label_en,
        goals.label_zh as goal_label_zh,
        factors.label_en as factor_label_en,
        factors.label_zh as factor_label_zh,
        with_adjusted_q.is_reference,
        with_adjusted_q.reference_level,
        case
            when with_adjusted_q.is_reference then 'reference'
            when with_adjusted_q.adjusted_q_value >= 0.05 or with_adjusted_q.adjusted_q_value is null then 'none'
            when with_adjusted_q.adjusted_log_odds > 0 then 'raises'
            else 'lowers'
        end as direction,
        coalesce(with_adjusted_q.q_value < 0.05 and with_adjusted_q.adjusted_q_value >= 0.05, false) as is_explained_by_others,
        with_adjusted_q.exposed < 30 or with_adjusted_q.reference_exposed < 30 as is_small_sample,

        -- measures
        with_adjusted_q.exposed,
        with_adjusted_q.converted,
        {{ safe_divide('with_adjusted_q.converted', 'with_adjusted_q.exposed') }} as rate,
        coalesce(exp(with_adjusted_q.log_odds), 1e0) as odds_ratio,
        exp(with_adjusted_q.log_odds - 1.959963984540054e0 * with_adjusted_q.log_odds_error) as ci_low,
        exp(with_adjusted_q.log_odds + 1.959963984540054e0 * with_adjusted_q.log_odds_error) as ci_high,
        with_adjusted_q.p_value,
        with_adjusted_q.q_value,
        coalesce(exp(with_adjusted_q.adjusted_log_odds), 1e0) as adjusted_odds_ratio,
        exp(with_adjusted_q.adjusted_log_odds - 1.959963984540054e0 * with_adjusted_q.adjusted_error) as adjusted_ci_low,
        exp(with_adjusted_q.adjusted_log_odds + 1.959963984540054e0 * with_adjusted_q.adjusted_error) as adjusted_ci_high,
        with_adjusted_q.adjusted_q_value
    from with_adjusted_q
    inner join goals on with_adjusted_q.goal = goals.goal
    inner join factors on with_adjusted_q.factor = factors.factor

)

select * from final
