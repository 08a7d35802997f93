{#- One row per accepted enrichment: the newest valid delivery of (enrichment_id). -#}
{{ accepted_rows(ref('base_external__enrichments'), 'enrichments') }}
