{#-
  One row per person with consent to analytics and action whose uplift model is used: how far the person's answer lies
  off that of their segment, by what is known of them today. Only as much of it counts as came true when it was judged.
-#}
with

verdicts as (

    select * from {{ ref('int_uplift_verdicts') }}
    where is_used

),

examples as (

    select * from {{ ref('int_uplift_examples') }}

),

fits as (

    select * from {{ ref('int_uplift_fit') }}

),

facts as (

    select * from {{ ref('int_action_facts') }}

),

order_values as (

    select * from {{ ref('int_effect_order_values') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. what the models see of a person, today
placed as (

    select
        order_values.customer_id,
        count(case when {{ seconds_between('order_values.ordered_at', 'reference_date.as_of_at') }} <= 86400e0 * rules.pre_period_days then 1 end) as pre_orders,
        round({{ stable_sum(discounted_order('order_values.revenue', 'order_values.ordered_at', 'reference_date.as_of_at')) }}, 2) as past_worth,
        {{ stable_avg('order_values.order_value') }} as order_value
    from order_values
    cross join rules
    cross join reference_date
    where order_values.ordered_at < reference_date.as_of_at
    group by order_values.customer_id

),

outcomes as (

    select
        facts.customer_id,
        facts.segment,
        coalesce(placed.pre_orders, 0) as pre_orders,
        coalesce(placed.past_worth, 0e0) as past_worth,
        placed.order_value
    from facts
    left join placed on facts.customer_id = placed.customer_id

),

used as (

    select
        verdicts.action,
        verdicts.uplift_model,
        verdicts.used_share,
        min(examples.action_number) as action_number
    from verdicts
    inner join examples on verdicts.action = examples.action
    group by verdicts.action, verdicts.uplift_model, verdicts.used_share

),

-- 2. the people of today, and those of the log by whom the segment's effect was measured
seen as (

    select
        used.action,
        outcomes.customer_id,
        outcomes.segment
        {%- for name, term in uplift_terms() %},
        coalesce({{ term }}, 0e0) as z_{{ loop.index }}
        {%- endfor %}
    from outcomes
    cross join used
    union all
    select
        examples.action,
        cast(null as string) as customer_id,
        examples.segment
        {%- for name, term in uplift_terms() %},
        examples.z_{{ loop.index }}
        {%- endfor %}
    from examples
    inner join used on examples.action = used.action

),

predicted as (

    select
        examples.action,
        examples.customer_id,
        examples.segment,
        used.used_share,
        {{ round_significant(
            "case when used.uplift_model = 'two_models' then 1e0 / (1e0 + exp(-" ~ uplift_logit('treated_fits') ~ ")) - 1e0 / (1e0 + exp(-"
            ~ uplift_logit('holdout_fits') ~ ")) else 2e0 / (1e0 + exp(-" ~ uplift_logit('transformed_fits') ~ ")) - 1e0 end"
        ) }} as predicted_uplift
    from seen as examples
    inner join used on examples.action = used.action
    inner join fits as treated_fits on 3 * used.action_number - 2 = treated_fits.fit_no
    inner join fits as holdout_fits on 3 * used.action_number - 1 = holdout_fits.fit_no
    inner join fits as transformed_fits on 3 * used.action_number = transformed_fits.fit_no

),

levels as (

    select
        action,
        segment,
        {{ stable_avg('predicted_uplift') }} as mean_uplift
    from predicted
    where customer_id is null
    group by action, segment

),

-- 3. an order more is worth what the person's orders are worth, in the mean of the segment where there is none
worth as (

    select
        segment,
        {{ stable_avg('order_value') }} as mean_value
    from outcomes
    group by segment

),

overall as (

    select coalesce({{ stable_avg('order_value') }}, 0e0) as mean_value from outcomes

),

final as (

    select
        -- key
        predicted.customer_id,
        predicted.action,

        -- measures
        {{ round_significant('predicted.used_share * (predicted.predicted_uplift - levels.mean_uplift)') }} as orders_off_segment,
        {{ round_significant(
            'predicted.used_share * (predicted.predicted_uplift - levels.mean_uplift) * coalesce(worth.mean_value, overall.mean_value)'
        ) }} as value_off_segment
    from predicted
    cross join overall
    inner join levels on predicted.action = levels.action and predicted.segment = levels.segment
    left join worth on predicted.segment = worth.segment
    where predicted.customer_id is not null

)

select * from final
