{#-
  One row per person with consent to analytics: what the conditions of actions may ask (macro action_metrics), the
  segment that effects are told by, and draws between 0 and 1 that a build repeats: of the holdout from all actions by the
  person alone, of the exploration by person and day.
-#}
with

profiles as (

    select * from {{ ref('customer_profiles') }}

),

worth as (

    select * from {{ ref('customer_clv') }}

),

potential as (

    select * from {{ ref('customer_potential') }}

),

contentment as (

    select * from {{ ref('customer_satisfaction') }}

),

all_propensities as (

    select * from {{ ref('customer_propensities') }}
    where target in ('purchase_30d', 'churn_90d')

),

returns as (

    select * from {{ ref('order_returns') }}
    where customer_id is not null

),

touches as (

    select * from {{ ref('int_action_touches') }}

),

accounts as (

    select * from {{ ref('customer_accounts') }}
    where account_kind = 'account'

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. several rows a person become one
propensities as (

    select
        customer_id,
        max(case when target = 'purchase_30d' then probability end) as purchase_30d,
        max(case when target = 'churn_90d' then probability end) as churn_90d
    from all_propensities
    group by customer_id

),

returned as (

    select
        returns.customer_id,
        min({{ days_between('returns.returned_on', 'reference_date.as_of') }}) as days_since_last_return
    from returns
    cross join reference_date
    group by returns.customer_id

),

contacted as (

    select
        touches.customer_id,
        cast(sum(touches.contact_count_30d) as bigint) as contact_count_30d,
        min({{ days_between('touches.last_contacted_on', 'reference_date.as_of') }}) as days_since_last_contact,
        min(case
            when touches.action = 'reduce_contact' then {{ days_between('touches.last_touched_on', 'reference_date.as_of') }}
        end) as days_since_pause
    from touches
    cross join reference_date
    group by touches.customer_id

),

-- 2. who has no account can be told nothing: a log names people by their accounts
reachable as (

    select
        customer_id,
        count(*) as account_count
    from accounts
    group by customer_id

),

final as (

    select
        -- key
        profiles.customer_id,

        -- attributes
        coalesce(worth.value_tier, '(none)') as segment,
        profiles.has_marketing_consent,
        profiles.has_personalisation_consent,
        reachable.customer_id is not null as has_account,
        reference_date.as_of,

        -- what conditions ask
        {%- for name, metric in action_metrics().items() %}
        {%- if metric.source == 'contacted' and name == 'contact_count_30d' %}
        coalesce(contacted.{{ name }}, 0) as {{ name }},
        {%- else %}
        {{ metric.source }}.{{ metric.get('column', name) }}{{ ' as ' ~ name if metric.column }},
        {%- endif %}
        {%- endfor %}

        -- draws
        {{ hash_60bit(salted_hash(["'action_holdout'", 'profiles.customer_id'])) }} / 1152921504606846976e0 as holdout_draw,
        {{ hash_60bit(salted_hash(["'action_exploration'", 'profiles.customer_id', as_text('reference_date.as_of')])) }} / 1152921504606846976e0
            as exploration_draw,
        {{ hash_60bit(salted_hash(["'action_option'", 'profiles.customer_id', as_text('reference_date.as_of')])) }} as option_lot
    from profiles
    cross join reference_date
    left join worth on profiles.customer_id = worth.customer_id
    left join potential on profiles.customer_id = potential.customer_id
    left join contentment on profiles.customer_id = contentment.customer_id
    left join propensities on profiles.customer_id = propensities.customer_id
    left join returned on profiles.customer_id = returned.customer_id
    left join contacted on profiles.customer_id = contacted.customer_id
    left join reachable on profiles.customer_id = reachable.customer_id

)

select * from final
