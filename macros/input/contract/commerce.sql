{#- Raw contract of the group commerce: what was sold, for how much, and of what. How to read it: macros/input/raw_contract.sql. -#}
{%- macro raw_contract_commerce() -%}
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
{%- endmacro -%}
