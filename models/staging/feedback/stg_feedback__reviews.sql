{#- One row per accepted review: the newest valid delivery of (review_id). -#}
{{ accepted_rows(ref('base_feedback__reviews'), 'reviews') }}
