{#- Raw contract of the group feedback: what people say. How to read it: macros/input/raw_contract.sql. -#}
{%- macro raw_contract_feedback() -%}
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
{%- endmacro -%}
