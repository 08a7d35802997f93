{#-
  One row per objective: its metric in its period, compared with the baseline and the target, what is to be expected by
  the end of the period, and whether that is enough, in words with numbers.
-#}
with

periods as (

    select * from {{ ref('int_objective_periods') }}

),

objectives as (

    select * from {{ ref('objectives') }}

),

labels as (

    select * from {{ ref('int_objective_labels') }}

),

facts as (

    select * from {{ ref('int_objective_facts') }}

),

expected as (

    select * from {{ ref('int_objective_expected') }}

),

-- 1. the metric in the period and in its baseline; points are per hundred
measured as (

    select
        periods.objective,
        facts.window_kind,
        case
            when periods.metric_kind = 'total' then facts.numerator
            else {{ safe_divide('facts.numerator', 'facts.denominator') }}
                * case periods.unit when 'points' then 100e0 else 1e0 end
        end as value,
        facts.denominator
    from periods
    inner join facts on periods.objective = facts.objective
    where facts.window_kind in ('period', 'baseline')

),

compared as (

    select
        periods.*,
        {{ objective_period_name('periods.period_from', 'periods.period_months') }} as period_name,
        coalesce(periods.period_to <= periods.observed_to, false) as is_complete,
        greatest(0, least(
            {{ days_between('periods.period_from', 'periods.period_to') }},
            {{ days_between('periods.period_from', 'periods.observed_to') }}
        )) as observed_days,
        {{ days_between('periods.period_from', 'periods.period_to') }} as period_days,
        case
            -- nothing sold in days that are known is nothing; before the history it is unknown
            when periods.metric_kind = 'total' and periods.period_from >= periods.history_from
                then coalesce(actual.value, 0e0)
            when periods.period_from >= periods.history_from or periods.metric_kind = 'state' then actual.value
        end as actual,
        actual.denominator as counted,
        case
            when periods.baseline_rule = 'fixed' then periods.baseline_value
            else baseline.value
        end as baseline
    from periods
    left join measured as actual on periods.objective = actual.objective and actual.window_kind = 'period'
    left join measured as baseline on periods.objective = baseline.objective and baseline.window_kind = 'baseline'

),

-- 2. target, and what is expected at the end
aimed as (

    select
        compared.*,
        {{ round_significant("case compared.target_kind
            when 'value' then compared.target_value
            when 'change' then compared.baseline + compared.target_value
            else compared.baseline + abs(compared.baseline) * compared.target_value
        end", 12) }} as target_reached,
        case when compared.is_complete or compared.metric_kind = 'state' then compared.actual else expected.expected end as expected,
        case when not compared.is_complete then expected.low end as expected_low,
        case when not compared.is_complete then expected.high end as expected_high,
        case
            when compared.is_complete or compared.metric_kind = 'state' then 'observed'
            when expected.expected is not null then expected.basis
            else 'unknown'
        end as expected_basis
    from compared
    left join expected on compared.objective = expected.objective

),

-- 3. on track: the end, reached or expected, is as good as the target
judged as (

    select
        *,
        {{ round_significant('expected') }} as expected_rounded,
        {{ round_significant('target_reached') }} as target_rounded
    from aimed

),

decided as (

    select
        *,
        case better
            when 'lower' then expected_rounded <= target_rounded
            else expected_rounded >= target_rounded
        end as is_on_track,
        coalesce(target_reached >= expected_low and target_reached <= expected_high, false) as is_within_interval
    from judged

),

-- 4. the parts of the sentence
worded as (

    select
        decided.*,
        labels.metric_label_en,
        labels.metric_label_zh,
        labels.of_scope_en,
        labels.of_scope_zh,
        labels.source_mart,
        {%- for figure in ['actual', 'baseline', 'target_reached', 'expected', 'expected_low', 'expected_high'] %}
        {{ objective_number('decided.' ~ figure, 'decided.unit') }} as {{ figure }}_text,
        {%- endfor %}
        {%- for language in ['en', 'zh'] %}
        {{ objective_difference('(decided.expected - decided.target_reached)', 'decided.unit', language) }} as difference_{{ language }}{{ ',' if not loop.last }}
        {%- endfor %}
    from decided
    inner join labels on decided.objective = labels.objective

),

phrased as (

    select
        *,
        {%- for language in ['en', 'zh'] %}
        {{ objective_phrase_so_far(language) }} as so_far_{{ language }},
        {{ objective_phrase_target(language) }} as aim_{{ language }},
        {{ objective_phrase_verdict(language) }} as verdict_{{ language }}{{ ',' if not loop.last }}
        {%- endfor %}
    from worded

),

final as (

    select
        -- key
        phrased.objective,
        phrased.metric,
        phrased.period_name as period,

        -- whose, and who answers for it
        objectives.label_en as objective_label_en,
        objectives.label_zh as objective_label_zh,
        phrased.metric_label_en,
        phrased.metric_label_zh,
        phrased.detail,
        phrased.scope,
        phrased.scope_value,
        objectives.owner_role_en,
        objectives.owner_role_zh,
        phrased.unit,
        phrased.better,

        -- when
        phrased.period_from,
        {{ add_days('phrased.period_to', -1) }} as period_to,
        cast(phrased.observed_days as bigint) as observed_days,
        cast(phrased.period_days as bigint) as period_days,
        phrased.is_complete,

        -- how far
        phrased.baseline_rule,
        {{ round_significant('phrased.baseline', 12) }} as baseline,
        phrased.target_reached as target,
        {{ round_significant('phrased.actual', 12) }} as actual,
        {{ round_significant('(phrased.actual - phrased.target_reached)', 12) }} as gap,

        -- what is to come of it
        {{ round_significant('phrased.expected') }} as expected,
        {{ round_significant('phrased.expected_low') }} as expected_low,
        {{ round_significant('phrased.expected_high') }} as expected_high,
        phrased.expected_basis,
        phrased.is_on_track,
        concat(phrased.metric_label_en, phrased.of_scope_en, phrased.so_far_en, phrased.aim_en, phrased.verdict_en) as reason,
        concat(phrased.metric_label_zh, phrased.of_scope_zh, phrased.so_far_zh, phrased.aim_zh, phrased.verdict_zh) as reason_zh,

        -- where it comes from
        phrased.source_mart,
        phrased.as_of
    from phrased
    inner join objectives on phrased.objective = objectives.objective

)

select * from final
