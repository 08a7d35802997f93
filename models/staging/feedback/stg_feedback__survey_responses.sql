{#- One row per accepted survey answer: the newest valid delivery of (response_id). -#}
{{ accepted_rows(ref('base_feedback__survey_responses'), 'survey_responses') }}
