{#- Columns of int_customer_metrics that the tag registry may read; seed tag_metrics describes each. -#}
{% macro tag_metric_names() %}
    {{ return([
        'order_count', 'net_revenue', 'tenure_days', 'days_since_last_order', 'window_order_count',
        'window_net_revenue', 'average_order_value', 'items_per_order', 'discount_share',
        'discounted_order_share', 'coupon_order_share', 'store_order_share', 'return_rate', 'margin_rate',
        'gift_order_share', 'family_order_share', 'health_order_share', 'eco_order_share', 'home_order_share',
        'repeat_line_share', 'novel_line_share', 'premium_line_share', 'budget_line_share', 'top_brand_share',
        'category_breadth', 'active_days_30d', 'active_days_90d', 'login_days_30d', 'online_minutes_30d',
        'online_minutes_90d', 'store_visits_90d', 'window_store_visits', 'associate_visit_share',
        'search_days', 'social_days', 'views_per_order', 'message_response_rate', 'coupon_redemption_rate',
        'points_use_share', 'points_balance', 'referral_count', 'complaint_count', 'complaint_rate', 'last_nps_score',
        'satisfaction_index',
        'follower_count', 'margin_order_count', 'lined_order_count', 'later_line_count', 'priced_line_count',
        'branded_line_count', 'online_order_count', 'store_visit_days', 'message_count', 'coupon_count',
        'points_entry_count',
    ]) }}
{% endmacro %}


{#- Attributes of int_customer_attributes, beside survey:<question> and enrichment:<attribute>. -#}
{% macro tag_attribute_names() %}
    {{ return([
        'gender', 'age_band', 'country', 'home_region', 'city', 'city_tier', 'occupation', 'education',
        'income_band', 'member_tier', 'registration_channel', 'preferred_contact_channel',
        'subscription_plan', 'rfm_segment', 'business_group', 'value_tier', 'lifecycle_order',
        'lifecycle_activity',
    ]) }}
{% endmacro %}


{#- The place of a name in a list of names, from 1; null for others. -#}
{% macro number_of_name(name, names) -%}
    case {{ name }}
        {%- for each in names %}
        when '{{ each }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}


{#- Columns as an array of doubles, in the order of the list. -#}
{% macro array_of_columns(columns) -%}
    {%- set values = [] -%}
    {%- for column in columns -%}{%- do values.append('cast(' ~ column ~ ' as double)') -%}{%- endfor -%}
    {{ array_of(values) }}
{%- endmacro %}


{#- A number in words: percent, money, decimal (one place) or number (whole). Pass columns. -#}
{% macro number_in_words(value, number_format) -%}
    case
        when {{ value }} is null then ''
        when {{ number_format }} = 'percent'
            then concat({{ as_text('cast(round(100 * ' ~ value ~ ', 0) as bigint)') }}, ' %')
        when {{ number_format }} = 'money'
            then concat({{ as_text(to_decimal(value, 2)) }}, {{ text_literal(' ' ~ var('base_currency')) }})
        when {{ number_format }} = 'decimal' then {{ as_text(to_decimal(value, 1)) }}
        else {{ as_text('cast(round(' ~ value ~ ', 0) as bigint)') }}
    end
{%- endmacro %}


{#- A share in words: 62 %. -#}
{% macro percent_in_words(part, whole) -%}
    concat({{ as_text('cast(round(100 * ' ~ safe_divide(part, whole) ~ ', 0) as bigint)') }}, ' %')
{%- endmacro %}


{#-
  A table of an earlier build that must not be a ref, because it is built after the model that
  reads it: the relation, or none on the first build (and in a full refresh, unless it is kept).
-#}
{% macro table_of_last_build(schema, identifier, is_kept=false) %}
    {%- if not execute or (flags.FULL_REFRESH and not is_kept) -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=identifier)) }}
{% endmacro %}


{#-
  Stops the build with every problem of a seed in words: the hook of the model that reads the seed first.
    issues  relation with a column `message`, one row a problem
    title   what has the problems, plain text
-#}
{% macro stop_on_issues(issues, title) %}
    {%- if execute -%}
        {%- set found = run_query('select message from ' ~ issues ~ ' order by message') -%}
        {%- if found.rows | length > 0 -%}
            {%- set lines = [] -%}
            {%- for row in found.rows[:20] -%}
                {%- do lines.append('  - ' ~ row[0]) -%}
            {%- endfor -%}
            {%- if found.rows | length > 20 -%}
                {%- do lines.append('  - … and ' ~ (found.rows | length - 20) ~ ' more in ' ~ issues.identifier) -%}
            {%- endif -%}
            {%- do exceptions.raise_compiler_error(
                title ~ ' has ' ~ found.rows | length ~ ' problem(s):\n' ~ lines | join('\n')
            ) -%}
        {%- endif -%}
    {%- endif -%}
    select 1 as seed_is_valid
{% endmacro %}


{#- Stage by days of silence; the limits of the basis must be in scope as `limits`. -#}
{% macro lifecycle_stage_by_days(days) -%}
    case
        when {{ days }} > limits.churned_after_days then 'churned'
        when {{ days }} > limits.dormant_after_days then 'dormant'
        else 'active'
    end
{%- endmacro %}
