{#-
  The columns of customer_profiles that rules may read, in the order of their numbers. Their labels and
  the targets that may not read them stand in the seed segment_rule_features; a test compares both.
-#}
{%- macro segment_rule_features() -%}
    {{- return([
        'order_count', 'net_revenue', 'average_order_value', 'items_per_order', 'days_since_last_order',
        'window_order_count', 'window_net_revenue', 'discount_share', 'return_rate', 'margin_rate',
        'store_order_share', 'category_breadth', 'brand_breadth', 'engagement_depth', 'active_days_30d',
        'active_days_90d', 'online_minutes_30d', 'store_visits_90d', 'associate_visit_share',
        'message_response_rate', 'points_balance', 'points_redeemed_365d', 'referral_count',
        'complaint_count', 'satisfaction_index', 'last_nps_score', 'tenure_days',
    ]) -}}
{%- endmacro -%}

{#- A limit as text without needless zeros, the same on both engines: 12, 0.125. -#}
{%- macro limit_text(x) -%}
    trim(trailing '.' from trim(trailing '0' from cast({{ to_decimal(x, 6) }} as string)))
{%- endmacro -%}
