{#- One row per accepted referral: the newest valid delivery of (referral_id). -#}
{{ accepted_rows(ref('base_members__referrals'), 'referrals') }}
