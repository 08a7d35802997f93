{#- One row per customer with consent to analytics, numbered: who training may learn from. -#}
with

customers as (

    select * from {{ ref('customers') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

values_of as (

    select * from {{ ref('customer_clv') }}

),

parameters as (

    select * from {{ ref('clv_parameters') }}
    where is_used and model in ('bg_nbd', 'mbg_nbd')

),

-- 1. the purchase model: the same numbers at every cutoff and today. Where a fit is to last, two digits of
-- them: the others change with every order
purchase_models as (

    select
        model,
        segment,
        max(case when parameter = 'r' then estimate end) as r,
        max(case when parameter = 'alpha' then estimate end) as alpha,
        max(case when parameter = 'a' then estimate end) as a,
        max(case when parameter = 'b' then estimate end) as b
    from parameters
    group by model, segment

),

-- 2. a number drawn from the key alone: samples are the same in every build
final as (

    select
        customers.customer_id,
        cast(row_number() over (order by customers.customer_id) as int) as person_no,
        consent.has_personalisation_consent,
        {{ day_no(local_date('customers.first_seen_at')) }} as first_seen_day,
        {{ hash_60bit('customers.customer_id') }} / 1152921504606846976e0 as draw,
        purchase_models.model,
        {%- for parameter in ['r', 'alpha', 'a', 'b'] %}
        {{ round_significant('purchase_models.' ~ parameter, 2) if var('refit_days') | int > 1 else 'purchase_models.' ~ parameter }} as {{ parameter }}{{ ',' if not loop.last }}
        {%- endfor %}
    from customers
    inner join consent on customers.customer_id = consent.customer_id
    left join values_of on customers.customer_id = values_of.customer_id
    left join purchase_models
        on
            values_of.leaving_model = purchase_models.model
            and values_of.fit_segment = purchase_models.segment
    where consent.has_analytics_consent

)

select * from final
