{#- Raw contract of the group marketing: what was said to people and what it cost. How to read it: macros/input/raw_contract.sql. -#}
{%- macro raw_contract_marketing() -%}
campaigns:
  group: marketing
  key: [campaign_id]
  amount: cost
  money_day: start_date
  flag:
    'before_start:end_date': end_date < start_date
  columns:
    campaign_id: text required
    channel: code required
    campaign_name: text
    objective: code
    start_date: date
    end_date: date
    cost: money
    currency: currency

campaign_touches:
  group: marketing
  key: [touch_id]
  happened: occurred_at
  amount: cost
  columns:
    touch_id: text required
    occurred_at: timestamp required
    channel: code required
    touch_type: enum required impression|click|send|open|coupon_issued|coupon_redeemed|participation
    campaign_id: text
    creative_id: text
    source_system: code
    account_id: text
    device_id: text
    store_id: text
    cost: money

action_log:
  group: marketing
  key: [action_log_id]
  happened: acted_at
  amount: cost
  columns:
    action_log_id: text required
    action: code required
    source_system: code required
    account_id: text required
    acted_at: timestamp required
    assigned_group: enum required treated|holdout
    channel: code
    offer: text
    cost: money
    selection_probability: double 0..1
    holdout_share: double 0..1
{%- endmacro -%}
