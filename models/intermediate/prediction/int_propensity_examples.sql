{#-
  One row per target, cutoff and person of the target's population: the label (null for today) and
  the terms of the model. A view: each reader asks for the rows and terms that it needs.
-#}
{{ config(materialized='view') }}
with

inputs as (

    select * from {{ ref('int_prediction_inputs') }}

),

fits as (

    select * from {{ ref('int_prediction_roles') }}

),

subscriptions as (

    select * from {{ ref('int_prediction_subscriptions') }}

),

knots as (

    select * from {{ ref('int_propensity_knots') }}

),

-- 1. who is asked about, and what came within the horizon
asked as (

    select
        inputs.*,
        fits.fit_no,
        fits.role,
        fits.horizon_days,
        {{ of_own_category('own_order_days') }} as own_order_days,
        {{ of_own_category('own_silence_days') }} as own_silence_days,
        subscriptions.subscription_days,
        subscriptions.plan_rank,
        case fits.target_kind
            when 'purchase' then coalesce(inputs.next_in_days < fits.horizon_days, false)
            when 'churn' then not coalesce(inputs.next_in_days < fits.horizon_days, false)
            when 'category' then coalesce({{ of_own_category('own_next_in_days') }} < fits.horizon_days, false)
            when 'subscription_upgrade' then coalesce(subscriptions.upgraded_in_days < fits.horizon_days, false)
            when 'subscription_churn' then subscriptions.paid_for_days < fits.horizon_days
        end as has_happened
    from inputs
    inner join fits on inputs.days_before = fits.days_before
    left join subscriptions
        on
            inputs.person_no = subscriptions.person_no
            and inputs.days_before = subscriptions.days_before
            and fits.target_kind in ('subscription_upgrade', 'subscription_churn')
    where
        case fits.target_kind
            when 'churn'
                then
                    inputs.silence_days <= fits.rhythm_multiple * inputs.gap_days
                    and inputs.silence_days + fits.horizon_days > fits.rhythm_multiple * inputs.gap_days
            when 'subscription_upgrade' then subscriptions.is_below_highest
            when 'subscription_churn' then subscriptions.is_paid
            else true
        end

),

-- 2. inputs as numbers that a reason can tell, and as terms
final as (

    select
        inputs.fit_no,
        inputs.role,
        inputs.person_no,
        inputs.has_personalisation_consent,
        inputs.draw,
        case
            when inputs.role != 'score' then case when inputs.has_happened then 1e0 else 0e0 end
        end as label,
        {{ recency_bin('inputs.silence_days') }} as recency_bin,
        {{ alive_bin('inputs.probability_alive') }} as alive_bin,
        {%- for name, value in propensity_inputs().items() %}
        {{ value }} as input_{{ loop.index }},
        {%- endfor %}
        {%- for term in propensity_terms() %}
        {{ term[2] }} as x_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from asked as inputs
    cross join knots

)

select * from final
