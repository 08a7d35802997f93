{#- One row per accepted return: the newest valid delivery of (return_id). -#}
{{ accepted_rows(ref('base_commerce__returns'), 'returns') }}
