{#-
  One row per supporting identifier that joins nobody: the groups that it would join, as the strong
  identifiers made them, contradict each other. So two people who share a phone stay two.
-#}
{{ contradicted_identifiers(groups=ref('int_identity_groups_strong'), strength='supporting') }}
