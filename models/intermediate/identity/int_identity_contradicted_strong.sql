{#- One row per strong identifier that joins nobody, because the accounts that carry it contradict each other. -#}
{{ contradicted_identifiers(groups=none, strength='strong') }}
