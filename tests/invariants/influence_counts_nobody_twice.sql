-- Guards that a referred customer stands under one referrer only: the referred of all referrers are
-- not more than the customers who were ever referred.
with

influence as (

    select sum(referred_customers) as referred from {{ ref('customer_potential') }}

),

people as (

    select count(distinct accounts.customer_id) as referred
    from {{ ref('stg_members__referrals') }} as referrals
    inner join {{ ref('int_customer_accounts') }} as accounts
        on
            referrals.source_system = accounts.source_system
            and referrals.referred_account_id = accounts.account_id

)

select
    influence.referred as counted,
    people.referred as people
from influence
cross join people
where influence.referred > people.referred
