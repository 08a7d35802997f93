{#-
  One row per customer who referred somebody: the people they brought, the people those brought, and
  what both have spent since. Everybody counts as brought by one person, the first who referred them,
  so nobody is counted twice and a ring of referrals ends where it began.
-#}
with

referrals as (

    select * from {{ ref('stg_members__referrals') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

orders as (

    select * from {{ ref('orders') }}

),

rules as (

    select * from {{ ref('value_rules') }}

),

hop_discount as (

    select max(case when rule = 'referral_hop_discount' then cast(value as double) end) as hop_discount
    from rules

),

named as (

    select
        referrals.referral_id,
        referrals.referred_at,
        referrer.customer_id as referrer_id,
        referred.customer_id as referred_id
    from referrals
    inner join accounts as referrer
        on
            referrals.source_system = referrer.source_system
            and referrals.referrer_account_id = referrer.account_id
    inner join accounts as referred
        on
            referrals.source_system = referred.source_system
            and referrals.referred_account_id = referred.account_id
    -- two accounts of one person are not a referral
    where referrer.customer_id != referred.customer_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by referred_id order by referred_at asc, referral_id asc
        ) as referral_rank
    from named

),

links as (

    select
        referrer_id,
        referred_id,
        referred_at
    from ranked
    where referral_rank = 1

),

-- 1. what the referred have spent from the day of the referral
spent as (

    select
        links.referred_id,
        sum(orders.net_revenue) as net_revenue
    from links
    inner join orders
        on
            links.referred_id = orders.customer_id
            and links.referred_at <= orders.ordered_at
    group by links.referred_id

),

valued as (

    select
        links.referrer_id,
        links.referred_id,
        coalesce(spent.net_revenue, 0) as net_revenue
    from links
    left join spent on links.referred_id = spent.referred_id

),

-- 2. one hop, and a second one at a discount
hops as (

    select
        referrer_id,
        referred_id,
        net_revenue,
        1 as hop
    from valued
    union all
    select
        first_hop.referrer_id,
        second_hop.referred_id,
        second_hop.net_revenue,
        2 as hop
    from valued as first_hop
    inner join valued as second_hop on first_hop.referred_id = second_hop.referrer_id
    where first_hop.referrer_id != second_hop.referred_id

),

final as (

    select
        hops.referrer_id as customer_id,
        count(case when hops.hop = 1 then 1 end) as referred_customers,
        count(case when hops.hop = 2 then 1 end) as referred_by_referred,
        cast(sum(case when hops.hop = 1 then hops.net_revenue else 0 end) as decimal(18, 2)) as referred_revenue,
        cast(sum(
            cast(hops.net_revenue as double) * case when hops.hop = 1 then 1e0 else hop_discount.hop_discount end
        ) as decimal(18, 2)) as influence_value
    from hops
    cross join hop_discount
    group by hops.referrer_id

)

select * from final
