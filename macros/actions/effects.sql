{#- What effects of actions are computed from; formulas repeat their arguments: pass columns. -#}

{#- Revenue of an order as it counts some time later: half after each half-life (CTE `rules` in scope). -#}
{%- macro discounted_order(revenue, ordered_at, later) -%}
    {{ revenue }} * power(0.5e0, {{ seconds_between(ordered_at, later) }} / 86400e0 / rules.tier_halflife_days)
{%- endmacro -%}

{#- The latest moment of an action's window has passed: it lasts so many days from the action on. -#}
{%- macro within_days(later, earlier, days) -%}
    {{ seconds_between(earlier, later) }} >= 0e0 and {{ seconds_between(earlier, later) }} < 86400e0 * {{ days }}
{%- endmacro -%}

{#- Sum of squared deviations (or of products) in a group from its sums; never below 0 for squares. -#}
{%- macro centred_sum(total_of_products, total_a, total_b, people) -%}
    ({{ total_of_products }} - {{ total_a }} * {{ total_b }} / nullif(cast({{ people }} as double), 0e0))
{%- endmacro -%}

{#- What is measured of a person: [metric, outcome, the same before the action]. -#}
{%- macro effect_metrics() -%}
    {{- return([
        ['orders', 'cast(outcome_orders as double)', 'cast(pre_orders as double)'],
        ['value', 'outcome_value', 'pre_value'],
    ]) -}}
{%- endmacro -%}

{#- The fewest people in a group whose figures are shown. -#}
{%- macro least_group() -%}
    {{- [2, var('k_anonymity') | int] | max -}}
{%- endmacro -%}

{#- Columns of an effect, as they are published. -#}
{%- macro effect_columns() -%}
    {%- set columns = [] -%}
    {%- for metric, outcome, before in effect_metrics() -%}
        {%- for column in [
            'treated_mean', 'holdout_mean', 'effect', 'low', 'high', 'adjusted_effect', 'adjusted_low', 'adjusted_high',
            'sequential_low', 'sequential_high',
        ] -%}
            {%- do columns.append(metric ~ '_' ~ column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro -%}

{#- Why an effect is what it is, or why there is none: columns of action_performance in scope. -#}
{%- macro effect_reason(language) -%}
    {%- set english = language == 'en' -%}
    {%- set count = {} -%}
    {%- for column in ['treated', 'holdout', 'looks', 'pending'] -%}
        {%- do count.update({column: as_text('coalesce(' ~ column ~ ', 0)')}) -%}
    {%- endfor -%}
    {%- set fewest = least_group() -%}
    {%- set effect = as_text(to_decimal('abs(value_adjusted_effect)')) -%}
    {%- set low = as_text(to_decimal('value_adjusted_low')) -%}
    {%- set high = as_text(to_decimal('value_adjusted_high')) -%}
    {%- set orders = as_text(to_decimal('abs(orders_adjusted_effect)', 4)) -%}
    case measurement
        {%- if english %}
        when 'never_done' then 'Not measurable: never done so far.'
        when 'no_holdout' then 'Not measurable: nobody was held out, so nothing shows what would have happened anyway.'
        when 'nobody_treated' then 'Not measurable: everybody was held out.'
        when 'not_over' then concat('Not measurable yet: ', {{ count.pending }}, ' people wait for the end of their window, the last until ', cast(complete_on as string), '.')
        when 'too_few' then concat('Not measurable: ', {{ count.treated }}, ' treated and ', {{ count.holdout }}, ' held out; each group needs at least {{ fewest }}.')
        else concat(
            {{ count.treated }}, ' treated against ', {{ count.holdout }}, ' held out: ',
            {{ orders }}, case when orders_adjusted_effect < 0e0 then ' orders fewer and ' else ' orders more and ' end,
            {{ effect }}, case when value_adjusted_effect < 0e0 then ' of value less' else ' of value more' end, ' per treated person',
            coalesce(' (value from ' || {{ low }} || ' to ' || {{ high }} || ')', ' (nobody ordered: no interval)'), '. ',
            case value_verdict
                when 'doubtful' then 'The groups are no random split of one planned size: do not rely on it.'
                when 'gain' then concat('A gain that holds over all monthly looks (', {{ count.looks }}, ').')
                when 'loss' then concat('A loss that holds over all monthly looks (', {{ count.looks }}, '): stop it.')
                else concat(case when is_small_sample then 'Too few people for a verdict' else 'No effect on value is shown' end, ' (monthly looks so far: ', {{ count.looks }}, ').')
            end,
            case when is_contaminated then ' People of the holdout were contacted: the true effect is probably further from zero than shown.' else '' end,
            case when has_interference then ' The groups met other actions unequally often: read it as the effect of this and the actions that followed.' else '' end,
            case when has_changed_share then ' The planned holdout share changed: only people under one plan count here.' else '' end,
            case when pending > 0 then concat(' ', {{ count.pending }}, ' people are still in their window.') else '' end
        )
        {%- else %}
        when 'never_done' then '无法衡量：从未执行。'
        when 'no_holdout' then '无法衡量：没有对照组，无从得知不触达会怎样。'
        when 'nobody_treated' then '无法衡量：所有人都在对照组。'
        when 'not_over' then concat('暂时无法衡量：', {{ count.pending }}, ' 人的观察期未结束，最晚至 ', cast(complete_on as string), '。')
        when 'too_few' then concat('无法衡量：触达 ', {{ count.treated }}, ' 人、对照 ', {{ count.holdout }}, ' 人；每组至少需要 {{ fewest }} 人。')
        else concat(
            '触达 ', {{ count.treated }}, ' 人，对照 ', {{ count.holdout }}, ' 人：每位触达者',
            case when orders_adjusted_effect < 0e0 then '少 ' else '多 ' end, {{ orders }}, ' 单、价值',
            case when value_adjusted_effect < 0e0 then '少 ' else '多 ' end, {{ effect }},
            coalesce('（区间 ' || {{ low }} || ' 至 ' || {{ high }} || '）', '（无人下单，没有区间）'), '。',
            case value_verdict
                when 'doubtful' then '分组比例与计划不符或有变化，不可依赖。'
                when 'gain' then concat('经 ', {{ count.looks }}, ' 次月度查看仍为增益。')
                when 'loss' then concat('经 ', {{ count.looks }}, ' 次月度查看仍为损失：请停止。')
                else concat('经 ', {{ count.looks }}, case when is_small_sample then ' 次月度查看；人数过少，不作结论。' else ' 次月度查看，未显示价值变化。' end)
            end,
            case when is_contaminated then '对照组有人被触达：真实效果（无论增减）的幅度可能大于所示。' else '' end,
            case when has_interference then '两组遇到其他行动的比例不同：应视为本行动及其后行动的共同效果。' else '' end,
            case when has_changed_share then '计划的对照比例有变化：此处只计同一计划下的人。' else '' end,
            case when pending > 0 then concat('另有 ', {{ count.pending }}, ' 人仍在观察期。') else '' end
        )
        {%- endif %}
    end
{%- endmacro -%}

{#- Where the effect that the choice takes comes from: columns of int_action_effects in scope. -#}
{%- macro shrunk_reason(language) -%}
    {%- set english = language == 'en' -%}
    {%- set effect = as_text(to_decimal('incremental_value')) -%}
    {%- set own = as_text(to_decimal('value_own_effect')) -%}
    {%- set own_share = as_text('cast(floor(100e0 * value_own_weight + 0.5e0) as int)') -%}
    {%- set mean_share = as_text('cast(floor(100e0 * value_mean_weight + 0.5e0) as int)') -%}
    {%- set people = as_text('treated') ~ ", '" ~ (' treated, ' if english else ' 人触达、') ~ "', " ~ as_text('holdout') -%}
    case
        {%- if english %}
        when value_own_weight > 0e0 then concat(
            {{ effect }}, ' of value per person treated: this segment measured ', {{ own }}, ' (', {{ people }}, ' held out), which counts ', {{ own_share }}, ' %; the rest is the mean of the action.'
        )
        when value_mean_weight > 0e0 then concat(
            {{ effect }}, ' of value per person treated: the mean of the action counts ', {{ mean_share }}, ' %, the prior the rest; segments do not differ beyond chance, or this one has too few people (', {{ people }}, ' held out).'
        )
        else concat({{ effect }}, ' of value per person treated: an assumption, nothing has been measured that can be relied on.')
        {%- else %}
        when value_own_weight > 0e0 then concat(
            '每位触达者价值 ', {{ effect }}, '：本分层测得 ', {{ own }}, '（', {{ people }}, ' 人对照），权重 ', {{ own_share }}, ' %；其余取该行动的平均。'
        )
        when value_mean_weight > 0e0 then concat(
            '每位触达者价值 ', {{ effect }}, '：该行动的平均占 ', {{ mean_share }}, ' %，其余为先验；各分层差异未超出偶然，或本分层人数过少（', {{ people }}, ' 人对照）。'
        )
        else concat('每位触达者价值 ', {{ effect }}, '：这是假设，尚无可靠的测量。')
        {%- endif %}
    end
{%- endmacro -%}
