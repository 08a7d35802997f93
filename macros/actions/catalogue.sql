{#- The catalogue of actions: what conditions may ask of a person, and what a broken row is called. -#}

{#-
  The metrics that conditions and stops of actions may name: nature (number, text, boolean) and where
  int_action_facts takes them from. A metric of mart `propensities` is null without consent to personalisation.
-#}
{% macro action_metrics() %}
    {%- set metrics = {} -%}
    {%- set columns = {
        'profiles': {
            'number': 'order_count days_since_last_order tenure_days net_revenue average_order_value discount_share return_rate'
                ~ ' category_breadth active_days_30d active_days_90d satisfaction_index last_nps_score complaint_count complaint_rate'
                ~ ' message_response_rate referral_count points_balance',
            'text': 'lifecycle_stage engagement_stage business_group value_tier member_tier subscription_plan home_region city_tier'
                ~ ' gender age_band preferred_contact_channel favourite_category favourite_channel',
            'boolean': 'is_guest_only is_promotion_shopper is_price_sensitive',
        },
        'worth': {'number': 'probability_alive expected_orders_30d clv_365d'},
        'potential': {'number': 'growth_potential cross_sell_score up_sell_score upgrade_propensity'},
        'contentment': {'number': 'open_complaint_count', 'boolean': 'is_at_risk'},
        'propensities': {'number': 'purchase_30d churn_90d'},
        'returned': {'number': 'days_since_last_return'},
        'contacted': {'number': 'contact_count_30d days_since_last_contact days_since_pause'},
    } -%}
    {%- for source, natures in columns.items() -%}
        {%- for nature, names in natures.items() -%}
            {%- for name in names.split(' ') -%}{%- do metrics.update({name: {'nature': nature, 'source': source}}) -%}{%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {#- the profile calls it segment, which here is the group that effects are measured in -#}
    {%- do metrics.update({'rfm_segment': {'nature': 'text', 'source': 'profiles', 'column': 'segment'}}) -%}
    {{ return(metrics) }}
{% endmacro %}


{#- The metric that a row names, as a number or as a text; null where it is of the other kind. -#}
{% macro action_metric(nature) -%}
    case rules.metric
        {%- for name, metric in action_metrics().items() if (metric.nature == 'number') == (nature == 'number') %}
        when '{{ name }}' then {{ 'cast(people.' ~ name ~ ' as double)' if nature == 'number' else as_text('people.' ~ name) }}
        {%- endfor %}
    end
{%- endmacro %}


{#- True where a person meets a rule; the metric stands beside it as metric_value and metric_text. Never null. -#}
{% macro meets_rule() -%}
    coalesce(
        case operator
            when 'known' then metric_value is not null or metric_text is not null
            when 'unknown' then metric_value is null and metric_text is null
            when 'between' then metric_value >= value_from and metric_value <= value_to
            when '>=' then metric_value >= value_from
            when '<=' then metric_value <= value_from
            when 'in' then contains(concat('|', value, '|'), concat('|', metric_text, '|'))
            when '!=' then case when metric_text is not null then metric_text != value else metric_value != value_from end
            else case when metric_text is not null then metric_text = value else metric_value = value_from end
        end,
        false
    )
{%- endmacro %}


{#-
  Problems of conditions and stops, the same for both: rows of problem and message from CTE `written` (place,
  metric, operator, value), with CTE `metrics` (metric, nature).
-#}
{% macro rule_issues() %}
    select
        judged.action,
        judged.problem,
        concat(judged.place, judged.message) as message
    from (
        select
            written.action,
            written.place,
            case
                when written.metric is null or metrics.metric is null then 'unknown_metric'
                when written.operator is null or written.operator not in ('=', '!=', '>=', '<=', 'between', 'in', 'is', 'known', 'unknown')
                    then 'unknown_operator'
                when written.operator in ('known', 'unknown') then null
                when metrics.nature = 'number' and written.operator not in ('=', '!=', '>=', '<=', 'between')
                    or metrics.nature = 'text' and written.operator not in ('=', '!=', 'in')
                    or metrics.nature = 'boolean' and written.operator != 'is'
                    then 'operator_of_other_kind'
                when written.value is null then 'missing_value'
                when metrics.nature = 'boolean' and written.value not in ('true', 'false') then 'value_of_other_kind'
                when metrics.nature = 'number' and written.operator = 'between' and not coalesce(
                    {{ rule_bound('written.value', 1) }} <= {{ rule_bound('written.value', 2) }}, false
                ) then 'value_of_other_kind'
                when metrics.nature = 'number' and written.operator != 'between' and try_cast(written.value as double) is null
                    then 'value_of_other_kind'
            end as problem,
            case
                when written.metric is null then 'metric is missing'
                when metrics.metric is null
                    then concat('unknown metric "', written.metric, '"; the nearest known one is "', coalesce(nearest.metric, '(none)'), '"')
                else concat(
                    'metric ', written.metric, ' (', metrics.nature, '), operator "', coalesce(written.operator, ''), '", value "',
                    coalesce(written.value, ''), '" do not go together: numbers take =, !=, >=, <= and between a..b; ',
                    'texts =, != and in a|b; yes or no takes is true or is false; all take known and unknown'
                )
            end as message
        from written
        left join metrics on written.metric = metrics.metric
        left join nearest on written.metric = nearest.wrong_metric
    ) as judged
    where judged.problem is not null
{% endmacro %}


{#- One of the two numbers of `a..b`; null where it is none. -#}
{% macro rule_bound(value, part) -%}
    try_cast(split_part({{ value }}, '..', {{ part }}) as double)
{%- endmacro %}


{#- Stops the build with every problem of the catalogue in words; runs before int_action_catalogue. -#}
{% macro stop_on_action_catalogue_issues(issues) %}
    {%- if execute -%}
        {%- set found = run_query('select message from ' ~ issues ~ ' order by action, problem, message') -%}
        {%- if found.rows | length > 0 -%}
            {%- set lines = [] -%}
            {%- for row in found.rows[:20] -%}{%- do lines.append('  - ' ~ row[0]) -%}{%- endfor -%}
            {%- if found.rows | length > 20 -%}
                {%- do lines.append('  - … and ' ~ (found.rows | length - 20) ~ ' more in int_action_catalogue_issues') -%}
            {%- endif -%}
            {%- do exceptions.raise_compiler_error(
                'The catalogue of actions (seeds/reference/action*.csv) has ' ~ found.rows | length ~ ' problem(s):\n' ~ lines | join('\n')
            ) -%}
        {%- endif -%}
    {%- endif -%}
    select 1 as catalogue_is_valid
{% endmacro %}
