{#-
  The raw contract in machine-readable form: the 26 tables that a build reads, in six groups.
  The contract check, the staging macros, the simulator and the tests all read this one text
  (Python: scripts/raw_contract.py).

  A table:
    group     source group, also the staging folder
    required  true: the build cannot start without it
    key       the columns that identify a record; the newest valid delivery of a key wins
    happened  when the recorded thing happened; compared with `as_of` (absent: timeless)
    amount    the money that source_reconciliation adds up (absent: no money)
    parent    `orders`: the row counts only with its order, whose currency it takes
    money_day the day whose exchange rate holds (default: happened)
    reject    `rule:column`: condition on the typed row that sends it to quarantine
    flag      `rule:column`: condition that is worth knowing but rejects nothing

  A column: `type [required] [rule]`
    text       trimmed, case kept           code       trimmed, lower case (an open list of words)
    enum a|b   trimmed, lower case, closed list
    email, phone, currency                  normalised forms, see macros/cleaning
    timestamp  UTC                          date       YYYY-MM-DD
    money      decimal(18,4), not negative  signed     decimal(18,4), any sign
    number     decimal(18,4), not negative  int        bigint, not negative
    double     any sign                     boolean
    rule       `lo..hi` closed range, either end may be left out

  A blank line ends a table: whoever asks for one table reads its lines alone.
-#}
{% macro raw_contract(table=none) %}
{%- set contract -%}
orders:
  group: commerce
  required: true
  key: [order_id]
  happened: ordered_at
  amount: net_amount
  reject:
    'missing:store_id': channel = 'store' and store_id is null
  flag:
    'before_order:shipped_at': shipped_at < ordered_at
    'before_order:delivered_at': delivered_at < ordered_at
    'exceeds_gross:discount_amount': discount_amount > gross_amount
    'exceeds_gross:net_amount': net_amount > gross_amount
  columns:
    order_id: text required
    source_system: code required
    ordered_at: timestamp required
    channel: enum required web|app|mini_program|marketplace|store|phone
    status: enum required placed|paid|shipped|completed|cancelled
    account_id: text
    guest_email: email
    guest_phone: phone
    store_id: text
    currency: currency
    gross_amount: money
    discount_amount: money
    shipping_amount: money
    tax_amount: money
    net_amount: money required
    coupon_code: text
    campaign_id: text
    associate_id: text
    device_id: text
    shipped_at: timestamp
    promised_at: timestamp
    delivered_at: timestamp

order_items:
  group: commerce
  key: [order_id, line_number]
  amount: net_amount
  parent: orders
  flag:
    'unit_price_differs:net_amount': abs(cast(quantity as double) * unit_price - coalesce(discount_amount, 0) - net_amount) > 0.05
  columns:
    order_id: text required
    line_number: int required
    product_id: text required
    quantity: number required
    net_amount: money required
    unit_price: money
    discount_amount: money
    unit_cost: money

payments:
  group: commerce
  key: [payment_id]
  happened: paid_at
  amount: amount
  parent: orders
  flag:
    'order_currency_differs:currency': currency != parent_currency
  columns:
    payment_id: text required
    order_id: text required
    method: enum required card|cash|alipay|wechat_pay|bank_transfer|points|gift_card|instalment|other
    amount: money required
    paid_at: timestamp required
    status: enum authorised|captured|failed|refunded
    currency: currency

returns:
  group: commerce
  key: [return_id]
  happened: returned_at
  amount: refund_amount
  parent: orders
  columns:
    return_id: text required
    order_id: text required
    returned_at: timestamp required
    refund_amount: money required
    line_number: int
    product_id: text
    quantity: number
    return_type: enum refund|exchange
    reason: code

products:
  group: commerce
  key: [product_id]
  flag:
    'cost_exceeds_price:unit_cost': unit_cost > list_price
  columns:
    product_id: text required
    product_name: text
    category: text
    subcategory: text
    brand: text
    unit_cost: money
    list_price: money
    launched_on: date

subscriptions:
  group: commerce
  key: [subscription_id]
  happened: started_at
  amount: price
  flag:
    'before_start:ended_at': ended_at < started_at
  columns:
    subscription_id: text required
    source_system: code required
    account_id: text required
    plan: code required
    started_at: timestamp required
    plan_rank: int
    is_paid: boolean
    price: money
    currency: currency
    billing_period: code
    ended_at: timestamp
    end_reason: code

stores:
  group: commerce
  key: [store_id]
  columns:
    store_id: text required
    store_name: text
    region: text
    city: text
    format: code
    opened_on: date

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

service_tickets:
  group: feedback
  key: [ticket_id]
  happened: opened_at
  flag:
    'before_opening:first_response_at': first_response_at < opened_at
    'before_opening:resolved_at': resolved_at < opened_at
  columns:
    ticket_id: text required
    opened_at: timestamp required
    ticket_type: enum required question|complaint|return_request|suggestion
    source_system: code
    account_id: text
    order_id: text
    topic: code
    channel: code
    agent_id: text
    status: code
    first_response_at: timestamp
    resolved_at: timestamp
    reopened_count: int

reviews:
  group: feedback
  key: [review_id]
  happened: reviewed_at
  columns:
    review_id: text required
    rating: number required 1..5
    reviewed_at: timestamp required
    source_system: code
    account_id: text
    order_id: text
    product_id: text
    review_text: text

survey_responses:
  group: feedback
  key: [response_id]
  happened: responded_at
  reject:
    'missing:score': survey_type != 'research' and score is null
    'out_of_range:score': survey_type = 'nps' and score > 10 or survey_type = 'csat' and (score < 1 or score > 5) or survey_type = 'ces' and (score < 1 or score > 7)
  columns:
    response_id: text required
    survey_type: enum required nps|csat|ces|research
    responded_at: timestamp required
    score: number
    question_id: text
    answer: text
    ticket_id: text
    source_system: code
    account_id: text
    order_id: text
    store_id: text
    channel: code
    theme: code
    verbatim: text

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
{%- endset -%}
{%- if table is none -%}
    {{ return(fromyaml(contract)) }}
{%- endif -%}
{%- for lines in contract.split('\n\n') if lines.strip().startswith(table ~ ':') -%}
    {{ return(fromyaml(lines)[table]) }}
{%- endfor -%}
{%- do exceptions.raise_compiler_error("raw_contract: no table '" ~ table ~ "'") -%}
{% endmacro %}
