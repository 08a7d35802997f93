{#- Raw contract of the group behaviour: what people do. How to read it: macros/input/raw_contract.sql. -#}
{%- macro raw_contract_behaviour() -%}
web_events:
  group: behaviour
  key: [event_id]
  happened: occurred_at
  reject:
    'missing:device_id or account_id': device_id is null and account_id is null
  columns:
    event_id: text required
    source_system: code required
    occurred_at: timestamp required
    event_type: code required
    device_id: text
    account_id: text
    session_id: text
    platform: enum web|ios|android|mini_program|social|kiosk
    page_path: text
    product_id: text
    category: text
    content_id: text
    content_type: code
    content_topic: code
    feature: code
    element: code
    creative_id: text
    search_term: text
    order_id: text
    dwell_ms: int
    page_load_ms: int
    error_code: text
    utm_source: code
    utm_medium: code
    utm_campaign: text
    referrer: text
    experiment_variant: code

store_visits:
  group: behaviour
  key: [visit_id]
  happened: entered_at
  flag:
    'before_entry:exited_at': exited_at < entered_at
  columns:
    visit_id: text required
    store_id: text required
    entered_at: timestamp required
    account_id: text
    device_id: text
    exited_at: timestamp
    source_system: code

store_zone_visits:
  group: behaviour
  key: [visit_id, zone, entered_at]
  happened: entered_at
  flag:
    'before_entry:exited_at': exited_at < entered_at
  columns:
    visit_id: text required
    zone: code required
    entered_at: timestamp required
    exited_at: timestamp

associate_interactions:
  group: behaviour
  key: [interaction_id]
  happened: occurred_at
  columns:
    interaction_id: text required
    associate_id: text required
    occurred_at: timestamp required
    interaction_type: enum required greeting|consultation|fitting|clienteling_message|other
    source_system: code
    account_id: text
    store_id: text
    visit_id: text
    waited_seconds: int
    outcome: code
{%- endmacro -%}
