{#- Periods and numbers of objectives. -#}

{#- What a period of the seed `objectives` may look like. -#}
{%- macro objective_period_pattern() -%}
    {{- return('^((current|last)_(month|quarter|year)|[0-9]{4}|[0-9]{4}-Q[1-4]|[0-9]{4}-(0[1-9]|1[0-2]))$') -}}
{%- endmacro -%}

{#- Length of such a period in months (int). -#}
{%- macro objective_period_months(period) -%}
    case
        when {{ period }} like '%_month' then 1
        when {{ period }} like '%_quarter' then 3
        when {{ period }} like '%_year' then 12
        when {{ period }} like '%-Q_' then 3
        when length({{ period }}) = 4 then 12
        else 1
    end
{%- endmacro -%}

{#-
  First day of such a period. The current one is the one in which the reference date lies, also where
  that is its first day and nothing has been observed yet; the last one is the one before, always whole.
-#}
{%- macro objective_period_start(period, as_of) -%}
    case
        {%- for part, months in [('month', 1), ('quarter', 3), ('year', 12)] %}
        when {{ period }} = 'current_{{ part }}' then {{ date_trunc_to(part, as_of) }}
        when {{ period }} = 'last_{{ part }}' then {{ add_months_to(date_trunc_to(part, as_of), -months) }}
        {%- endfor %}
        when {{ period }} like '%-Q_'
            then {{ add_months_to(
                "try_cast(concat(substr(" ~ period ~ ", 1, 4), '-01-01') as date)",
                '3 * (try_cast(substr(' ~ period ~ ', 7, 1) as int) - 1)'
            ) }}
        when length({{ period }}) = 4 then try_cast(concat({{ period }}, '-01-01') as date)
        else try_cast(concat({{ period }}, '-01') as date)
    end
{%- endmacro -%}

{#- The period by its name: 2025, 2025-Q3 or 2025-07. -#}
{%- macro objective_period_name(start, months) -%}
    case {{ months }}
        when 12 then substr({{ as_text(start) }}, 1, 4)
        when 3 then concat(
            substr({{ as_text(start) }}, 1, 4), '-Q', {{ as_text('cast(floor((month(' ~ start ~ ') + 2) / 3) as int)') }}
        )
        else {{ year_month(start) }}
    end
{%- endmacro -%}

{#- A figure of an objective as text, null for null (concat would skip it): shares in per cent, money and counts whole, others with one or two places. -#}
{%- macro objective_number(x, unit) -%}
    case {{ unit }}
        when 'share' then {{ as_text(to_decimal('100e0 * ' ~ x, 1)) }} || ' %'
        when 'points' then {{ as_text(to_decimal(x, 1)) }}
        when 'ratio' then {{ as_text(to_decimal(x, 2)) }}
        else {{ as_text('cast(' ~ to_decimal(x, 0) ~ ' as decimal(18, 0))') }}
    end
{%- endmacro -%}

{#- A difference of two such figures as text, without sign; of shares in percentage points. -#}
{%- macro objective_difference(x, unit, language) -%}
    case {{ unit }}
        when 'share'
            then {{ as_text(to_decimal('100e0 * abs(' ~ x ~ ')', 1)) }} || '{{ ' percentage points' if language == 'en' else ' 个百分点' }}'
        else {{ objective_number('abs(' ~ x ~ ')', unit) }}
    end
{%- endmacro -%}

{#-
  The parts of the reason of objective_scorecard, which holds the columns that they name: how far it
  is, what was aimed at, what comes of it.
    language  plain en or zh
-#}
{%- macro objective_phrase_so_far(language) -%}
    {%- if language == 'en' -%}
    case
        when metric_kind = 'state' then concat(': ', coalesce(actual_text, 'nobody to count'), ' on ', {{ as_text('as_of') }})
        when not is_complete and observed_days = 0 then concat(': nothing of ', period_name, ' has been observed yet')
        when not is_complete
            then concat(': ', coalesce(actual_text, 'nothing to count'), ' after ', {{ as_text('observed_days') }}, ' of ',
                {{ as_text('period_days') }}, ' days of ', period_name)
        else concat(': ', coalesce(actual_text, 'nothing to count'), ' in ', period_name)
    end
    {%- else -%}
    case
        when metric_kind = 'state' then concat('：', {{ as_text('as_of') }}, '为', coalesce(actual_text, '（无可计数者）'))
        when not is_complete and observed_days = 0 then concat('：', period_name, '尚无观测')
        when not is_complete
            then concat('：', period_name, '已过', {{ as_text('observed_days') }}, '/', {{ as_text('period_days') }}, '天，为',
                coalesce(actual_text, '（无可计数者）'))
        else concat('：', period_name, '为', coalesce(actual_text, '（无可计数者）'))
    end
    {%- endif -%}
{%- endmacro -%}

{%- macro objective_phrase_target(language) -%}
    {%- if language == 'en' -%}
    case
        when target_reached is null then concat('; no baseline: ', case baseline_rule
            when 'whole' then 'nothing to count in the whole' else 'nothing was counted then, or the data begin later' end)
        else concat('; target ', target_reached_text, case baseline_rule
            when 'none' then '' else concat(' (', case baseline_rule
                when 'previous_period' then 'the period before ' when 'same_period_last_year' then 'a year before '
                when 'whole' then 'the whole ' else 'set ' end, coalesce(baseline_text, 'unknown'), ')') end)
    end
    {%- else -%}
    case
        when target_reached is null then concat('；无基线：', case baseline_rule
            when 'whole' then '整体无可计数者' else '当时无数据，或数据起始较晚' end)
        else concat('；目标', target_reached_text, case baseline_rule
            when 'none' then '' else concat('（', case baseline_rule
                when 'previous_period' then '上一期间' when 'same_period_last_year' then '上年同期'
                when 'whole' then '整体' else '设定' end, coalesce(baseline_text, '未知'), '）') end)
    end
    {%- endif -%}
{%- endmacro -%}

{%- macro objective_phrase_verdict(language) -%}
    {%- if language == 'en' -%}
    concat(
        case
            when is_complete or metric_kind = 'state' then ''
            when expected is null then '; what is to come cannot be said: too little history or no probabilities'
            else concat('; ', expected_text, case when expected_low is null then '' else concat(' (', expected_low_text, ' to ', expected_high_text, ')') end,
                ' expected at its end, from ', case expected_basis
                    when 'demand_forecast' then 'the demand forecast' when 'propensities' then 'purchase probabilities'
                    else 'the pace of the last three months' end)
        end,
        case
            when is_on_track is null then ': cannot be judged'
            when is_on_track and (is_complete or metric_kind = 'state') then ': reached'
            when is_on_track then concat(': on track', case when is_within_interval then ', though not surely' else '' end)
            when is_complete or metric_kind = 'state' then concat(': missed by ', difference_en)
            else concat(': ', difference_en, case better when 'lower' then ' too much' else ' short' end,
                case when is_within_interval then ', though still possible' else '' end)
        end
    )
    {%- else -%}
    concat(
        case
            when is_complete or metric_kind = 'state' then ''
            when expected is null then '；无法预计：历史过短或无购买概率'
            else concat('；预计期末为', expected_text, case when expected_low is null then '' else concat('（', expected_low_text, '至', expected_high_text, '）') end,
                '，依据', case expected_basis
                    when 'demand_forecast' then '需求预测' when 'propensities' then '购买概率' else '近三个月的节奏' end)
        end,
        case
            when is_on_track is null then '：无法判断'
            when is_on_track and (is_complete or metric_kind = 'state') then '：已达成'
            when is_on_track then concat('：进度正常', case when is_within_interval then '，但不确定' else '' end)
            when is_complete or metric_kind = 'state' then concat('：未达成，差', difference_zh)
            else concat('：', case better when 'lower' then '将超出' else '将差' end, difference_zh,
                case when is_within_interval then '，但仍有可能达成' else '' end)
        end
    )
    {%- endif -%}
{%- endmacro -%}
