{#- Raw contract of the group external: what others know. How to read it: macros/input/raw_contract.sql. -#}
{%- macro raw_contract_external() -%}
indicators:
  group: external
  key: [indicator, period_start, region]
  happened: period_start
  columns:
    indicator: code required
    period_start: date required
    value: double required
    indicator_type: enum industry|competitor|macro|regional|social_topic
    category: text
    region: text
    source: text

exchange_rates:
  group: external
  key: [currency, rate_date]
  happened: rate_date
  columns:
    currency: currency required
    rate_date: date required
    rate: double required 0.0000000001..100000

calendar_events:
  group: external
  key: [event_date, event_name, region]
  columns:
    event_date: date required
    event_name: text required
    event_type: enum holiday|promotion|season|competitor
    region: text

enrichments:
  group: external
  key: [enrichment_id]
  happened: obtained_at
  columns:
    enrichment_id: text required
    source_system: code required
    account_id: text required
    provider: code required
    attribute: code required
    value: text required
    obtained_at: timestamp required
    legal_basis: code required
    valid_until: date
{%- endmacro -%}
