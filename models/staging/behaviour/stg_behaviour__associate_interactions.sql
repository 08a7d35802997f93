{#- One row per accepted talk with an associate: the newest valid delivery of (interaction_id). -#}
{{ accepted_rows(ref('base_behaviour__associate_interactions'), 'associate_interactions') }}
