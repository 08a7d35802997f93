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

within_people as (

    select * from {{ ref('int_driver_within') }}

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
        {{ round_significant('errors.standard_error', 8) }} as adjusted_error,
        within_people.difference as within_difference,
        within_people.standard_error as within_error
    from crude
    left join fit
        on
            crude.goal = fit.goal
            and crude.feature_no = fit.feature_no
    left join errors
        on
            crude.goal = errors.goal
            and crude.feature_no = errors.feature_no
    left join within_people
        on
            crude.goal = within_people.goal
            and crude.feature_no = within_people.feature_no

),

with_statistics as (

    select
        *,
        {{ safe_divide('log_odds', 'log_odds_error') }} as z_score,
        {{ safe_divide('adjusted_log_odds', 'adjusted_error') }} as adjusted_z,
        {{ safe_divide('within_difference', 'within_error') }} as within_z
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

-- 3. a cause only where both comparisons agree; where a goal is common, the root of an odds ratio stands for a risk ratio
judged as (

    select
        *,
        case
            when is_reference then 'reference'
            when adjusted_q_value >= 0.05 or adjusted_q_value is null then 'none'
            when adjusted_log_odds > 0 then 'raises'
            else 'lowers'
        end as direction,
        exposed < 30 or reference_exposed < 30 as is_small_sample,
        greatest(abs(adjusted_log_odds) - 1.959963984540054e0 * adjusted_error, 0e0) as nearest_log_odds,
        case
            when greatest({{ safe_divide('converted', 'exposed') }}, {{ safe_divide('reference_converted', 'reference_exposed') }}) > 0.15e0
                then 0.5e0
            else 1e0
        end as odds_to_risk
    from with_adjusted_q

),

grounded as (

    select
        *,
        case
            when direction in ('reference', 'none') then direction
            when factor not in ({% for factor in given_factors() %}'{{ factor }}'{{ ', ' if not loop.last }}{% endfor %}) then 'chosen'
            when level in ('(none)', '(unknown)') then 'outside'
            when is_small_sample then 'few'
            when within_z is null then 'no_variation'
            when abs(within_z) >= 1.959963984540054e0 and (within_difference > 0) = (direction = 'raises') then 'agree'
            else 'not_within'
        end as ground
    from judged

),

final as (

    select
        -- key
        grounded.goal,
        grounded.factor,
        grounded.level,

        -- attributes
        goals.label_en as goal_label_en,
        goals.label_zh as goal_label_zh,
        factors.label_en as factor_label_en,
        factors.label_zh as factor_label_zh,
        grounded.is_reference,
        grounded.reference_level,
        grounded.direction,
        case
            when grounded.ground in ('reference', 'none') then grounded.ground
            when grounded.ground = 'agree' then 'cause'
            else 'goes_with'
        end as reading,
        {{ driver_reason('grounded.ground') }} as reason,
        {{ driver_reason('grounded.ground', 'zh') }} as reason_zh,
        coalesce(grounded.q_value < 0.05 and grounded.adjusted_q_value >= 0.05, false) as is_explained_by_others,
        grounded.is_small_sample,

        -- measures
        grounded.exposed,
        grounded.converted,
        {{ safe_divide('grounded.converted', 'grounded.exposed') }} as rate,
        {{ wilson_low('grounded.converted', 'grounded.exposed') }} as rate_low,
        {{ wilson_high('grounded.converted', 'grounded.exposed') }} as rate_high,
        coalesce(exp(grounded.log_odds), 1e0) as odds_ratio,
        exp(grounded.log_odds - 1.959963984540054e0 * grounded.log_odds_error) as ci_low,
        exp(grounded.log_odds + 1.959963984540054e0 * grounded.log_odds_error) as ci_high,
        grounded.p_value,
        grounded.q_value,
        coalesce(exp(grounded.adjusted_log_odds), 1e0) as adjusted_odds_ratio,
        exp(grounded.adjusted_log_odds - 1.959963984540054e0 * grounded.adjusted_error) as adjusted_ci_low,
        exp(grounded.adjusted_log_odds + 1.959963984540054e0 * grounded.adjusted_error) as adjusted_ci_high,
        grounded.adjusted_q_value,
        {{ round_significant('grounded.within_difference') }} as within_difference,
        {{ round_significant('grounded.within_difference - 1.959963984540054e0 * grounded.within_error') }} as within_low,
        {{ round_significant('grounded.within_difference + 1.959963984540054e0 * grounded.within_error') }} as within_high,
        {{ round_significant(e_value('grounded.adjusted_log_odds * grounded.odds_to_risk')) }} as e_value,
        {{ round_significant(e_value('grounded.nearest_log_odds * grounded.odds_to_risk')) }} as e_value_nearest
    from grounded
    inner join goals on grounded.goal = goals.goal
    inner join factors on grounded.factor = factors.factor

)

select * from final
