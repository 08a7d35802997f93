{#-
  One row per segmentation (RFM segment, business group) and segment: what is wanted of it and how (a seed), beside what it
  is worth today and what today's actions are expected to earn in it.
-#}
with

segments as (

    select * from {{ ref('rfm_segments') }}

),

business_groups as (

    select * from {{ ref('rfm_business_groups') }}

),

strategies as (

    select * from {{ ref('segment_strategy_rules') }}

),

rfm as (

    select * from {{ ref('customer_rfm') }}

),

clv as (

    select * from {{ ref('customer_clv') }}

),

customers as (

    select * from {{ ref('customers') }}

),

next_actions as (

    select * from {{ ref('customer_next_actions') }}

),

every_segment as (

    select
        'rfm' as segmentation,
        segment,
        label_en,
        label_zh,
        display_order
    from segments

    union all

    select
        'business_group' as segmentation,
        business_group as segment,
        label_en,
        label_zh,
        display_order
    from business_groups

),

-- 1. each customer in both segmentations
people as (

    {%- for segmentation, column in [('rfm', 'segment'), ('business_group', 'business_group')] %}
    select
        '{{ segmentation }}' as segmentation,
        {{ column }} as segment,
        customer_id,
        monetary
    from rfm
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

counted as (

    select
        people.segmentation,
        people.segment,
        count(*) as customers,
        count(case when customers.has_marketing_consent then 1 end) as contactable_customers,
        sum(people.monetary) as net_revenue,
        sum(clv.clv_365d) as expected_value,
        count(case
            when next_actions.action not in ('do_nothing', 'reduce_contact') and not next_actions.is_holdout then 1
        end) as contacted_customers,
        sum(case when next_actions.action != 'do_nothing' and not next_actions.is_holdout then next_actions.net_value end)
            as expected_action_value
    from people
    inner join customers on people.customer_id = customers.customer_id
    left join clv on people.customer_id = clv.customer_id
    left join next_actions on people.customer_id = next_actions.customer_id
    group by people.segmentation, people.segment

),

-- 2. what today's choice does most often there
choices as (

    select
        people.segmentation,
        people.segment,
        next_actions.action,
        next_actions.action_label_en,
        next_actions.action_label_zh,
        count(*) as customers
    from people
    inner join next_actions on people.customer_id = next_actions.customer_id
    where next_actions.action != 'do_nothing' and not next_actions.is_holdout
    group by
        people.segmentation, people.segment,
        next_actions.action, next_actions.action_label_en, next_actions.action_label_zh

),

chosen as (

    select *
    from choices
    qualify row_number() over (
        partition by segmentation, segment
        order by customers desc, action asc
    ) = 1

),

totals as (

    select
        segmentation,
        sum(customers) as customers,
        sum(net_revenue) as net_revenue
    from counted
    group by segmentation

),

-- 3. money of fewer people than may be shown is not shown
joined as (

    select
        every_segment.segmentation,
        every_segment.segment,
        every_segment.label_en,
        every_segment.label_zh,
        every_segment.display_order,
        coalesce(counted.customers, 0) as customers,
        coalesce(counted.customers, 0) < {{ var('k_anonymity') | int }} as is_small,
        counted.contactable_customers,
        {{ safe_divide('counted.customers', 'totals.customers') }} as customer_share,
        counted.net_revenue,
        {{ safe_divide('counted.net_revenue', 'totals.net_revenue') }} as revenue_share,
        counted.expected_value,
        counted.contacted_customers,
        coalesce(counted.expected_action_value, 0) as expected_action_value,
        chosen.action as most_chosen_action,
        chosen.action_label_en,
        chosen.action_label_zh
    from every_segment
    left join counted
        on
            every_segment.segmentation = counted.segmentation
            and every_segment.segment = counted.segment
    left join totals on every_segment.segmentation = totals.segmentation
    left join chosen
        on
            every_segment.segmentation = chosen.segmentation
            and every_segment.segment = chosen.segment

),

final as (

    select
        -- key
        joined.segmentation,
        joined.segment,

        -- labels
        joined.label_en as segment_label_en,
        joined.label_zh as segment_label_zh,
        cast(joined.display_order as int) as display_order,

        -- what is wanted, and how
        strategies.objective,
        strategies.objective_label_en,
        strategies.objective_label_zh,
        strategies.strategy_en as strategy,
        strategies.strategy_zh,
        strategies.action,
        strategies.channel,

        -- what it is worth
        cast(joined.customers as bigint) as customers,
        joined.is_small,
        {{ round_significant('joined.customer_share') }} as customer_share,
        {%- for column in ['contactable_customers', 'contacted_customers'] %}
        case when not joined.is_small then cast(joined.{{ column }} as bigint) end as {{ column }},
        {%- endfor %}
        {%- for column in ['net_revenue', 'expected_value', 'expected_action_value'] %}
        case when not joined.is_small then cast(joined.{{ column }} as decimal(18, 2)) end as {{ column }},
        {%- endfor %}
        case when not joined.is_small then {{ round_significant('joined.revenue_share') }} end as revenue_share,
        case when not joined.is_small then joined.most_chosen_action end as most_chosen_action,

        -- why
        {%- for language, text in [('en', 'reason'), ('zh', 'reason_zh')] %}
        concat(strategies.reason_{{ language }}, {{ segment_standing(language) }}) as {{ text }}{{ ',' if not loop.last }}
        {%- endfor %}
    from joined
    inner join strategies
        on
            joined.segmentation = strategies.segmentation
            and joined.segment = strategies.segment

)

select * from final
