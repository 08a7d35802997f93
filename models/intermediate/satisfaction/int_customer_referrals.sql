{#- One row per accepted referral of a known customer to another person than themselves. -#}
with

referrals as (

    select * from {{ ref('stg_members__referrals') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

final as (

    select
        referrals.referral_id,
        referrer.customer_id as referrer_customer_id,
        referred.customer_id as referred_customer_id,
        referrals.referred_at,
        {{ local_date('referrals.referred_at') }} as referred_on
    from referrals
    inner join accounts as referrer
        on
            referrals.source_system = referrer.source_system
            and referrals.referrer_account_id = referrer.account_id
    left join accounts as referred
        on
            referrals.source_system = referred.source_system
            and referrals.referred_account_id = referred.account_id
    where referrer.customer_id != referred.customer_id or referred.customer_id is null

)

select * from final
