{#- Raw contract of the group members: who the customers are and what they allow. How to read it: macros/input/raw_contract.sql. -#}
{%- macro raw_contract_members() -%}
accounts:
  group: members
  key: [source_system, account_id]
  happened: registered_at
  columns:
    source_system: code required
    account_id: text required
    email: email
    phone: phone
    loyalty_card_no: text
    social_id: text
    device_id: text
    full_name: text
    gender: code
    birth_date: date
    country: text
    region: text
    city: text
    occupation: code
    education: code
    income_band: code
    registration_channel: code
    preferred_contact_channel: enum email|sms|app_push|wechat|phone|none
    member_tier: code
    registered_at: timestamp
    updated_at: timestamp

points_ledger:
  group: members
  key: [entry_id]
  happened: occurred_at
  columns:
    entry_id: text required
    source_system: code required
    account_id: text required
    points: signed required
    entry_type: enum required earn|redeem|expire|adjust
    occurred_at: timestamp required
    order_id: text

consents:
  group: members
  key: [source_system, account_id, purpose, changed_at]
  happened: changed_at
  columns:
    source_system: code required
    account_id: text required
    purpose: enum required analytics|marketing|personalisation|social_data|external_data|third_party
    granted: boolean required
    changed_at: timestamp required
    channel: code

referrals:
  group: members
  key: [referral_id]
  happened: referred_at
  columns:
    referral_id: text required
    source_system: code required
    referrer_account_id: text required
    referred_account_id: text required
    referred_at: timestamp required

erasure_requests:
  group: members
  key: [request_id]
  happened: requested_at
  columns:
    request_id: text required
    source_system: code required
    account_id: text required
    requested_at: timestamp required
{%- endmacro -%}
