{#-
  One row per target and rule: conditions under which buyers are mostly of one class, how many meet them, and how often they
  are right among customers who did not help to find them. A target without rules has one row, rule 0, with the reason.
-#}
{%- set profiles = ref('customer_profiles') -%}
with

members as (

    select * from {{ ref('int_rule_members') }}

),

conditions as (

    select * from {{ ref('int_rule_conditions') }}

),

targets as (

    select * from {{ ref('segment_rule_targets') }}

),

business_groups as (

    select * from {{ ref('rfm_business_groups') }}

),

segments as (

    select * from {{ ref('customer_segments') }}
    where segmentation = 'buyers'

),

-- 1. words for classes
cluster_labels as (

    select
        {{ as_text('cluster') }} as class,
        max(cluster_label) as label_en,
        max(cluster_label_zh) as label_zh
    from segments
    group by {{ as_text('cluster') }}

),

class_totals as (

    select
        target,
        class,
        sum(customers) as customers,
        sum(searching_customers) as searching_customers,
        sum(judging_customers) as judging_customers
    from members
    group by target, class

),

target_totals as (

    select
        target,
        sum(customers) as customers,
        sum(searching_customers) as searching_customers,
        sum(judging_customers) as judging_customers,
        count(*) as class_count
    from class_totals
    group by target

),

-- 2. the class of a rule: the largest among those who searched; of a flag always yes
candidate_classes as (

    select
        members.target,
        members.node_no,
        class_totals.class,
        max(case when members.class = class_totals.class then members.customers else 0 end) as class_customers,
        max(case when members.class = class_totals.class then members.searching_customers else 0 end) as class_searching,
        max(case when members.class = class_totals.class then members.judging_customers else 0 end) as class_judging,
        sum(members.customers) as customers,
        sum(members.judging_customers) as judging_customers
    from members
    inner join class_totals on members.target = class_totals.target
    group by members.target, members.node_no, class_totals.class

),

rules as (

    select candidate_classes.*
    from candidate_classes
    inner join targets on candidate_classes.target = targets.target
    where not targets.is_flag or candidate_classes.class = 'yes'
    qualify row_number() over (
        partition by candidate_classes.target, candidate_classes.node_no
        order by candidate_classes.class_searching desc, candidate_classes.class asc
    ) = 1

),

-- 3. judged by the others: a rule of two customers in three is measured on the third
judged as (

    select
        rules.target,
        rules.node_no,
        rules.class,
        rules.customers,
        rules.judging_customers,
        rules.class_judging,
        {{ safe_divide('rules.customers', 'target_totals.customers') }} as customer_share,
        {{ safe_divide('rules.class_judging', 'rules.judging_customers') }} as class_precision,
        {{ wilson_low('rules.class_judging', 'rules.judging_customers') }} as precision_low,
        {{ wilson_high('rules.class_judging', 'rules.judging_customers') }} as precision_high,
        {{ safe_divide('rules.class_customers', 'class_totals.customers') }} as recall,
        {{ safe_divide('class_totals.judging_customers', 'target_totals.judging_customers') }} as base_rate,
        conditions.conditions_en,
        conditions.conditions_zh,
        conditions.condition_sql,
        conditions.condition_count
    from rules
    inner join target_totals on rules.target = target_totals.target
    inner join class_totals
        on
            rules.target = class_totals.target
            and rules.class = class_totals.class
    inner join conditions
        on
            rules.target = conditions.target
            and rules.node_no = conditions.node_no

),

numbered as (

    select
        *,
        row_number() over (
            partition by target
            order by {{ round_significant(safe_divide('precision_low', 'base_rate')) }} desc nulls last, customers desc, node_no asc
        ) as rule_no
    from judged

),

final as (

    select
        -- key
        targets.target,
        cast(coalesce(numbered.rule_no, 0) as int) as rule_no,

        -- attributes
        targets.label_en as target_label_en,
        targets.label_zh as target_label_zh,
        numbered.class,
        coalesce(
            case targets.target when 'value_segment' then business_groups.label_en when 'cluster' then cluster_labels.label_en end,
            case when numbered.class is not null then targets.label_en end
        ) as class_label_en,
        coalesce(
            case targets.target when 'value_segment' then business_groups.label_zh when 'cluster' then cluster_labels.label_zh end,
            case when numbered.class is not null then targets.label_zh end
        ) as class_label_zh,
        numbered.conditions_en,
        numbered.conditions_zh,
        'select customer_id from {{ profiles.schema }}.{{ profiles.identifier }} where order_count > 0 and '
        || numbered.condition_sql as rule_sql,
        case
            when numbered.rule_no is not null and numbered.judging_customers = 0
                then 'found by a decision tree of depth three; nobody is left to judge it by'
            when numbered.rule_no is not null
                then concat(
                    'found by a decision tree of depth three; ', {{ as_text('numbered.class_judging') }}, ' of ',
                    {{ as_text('numbered.judging_customers') }}, ' customers who did not help to find it are of the class, against ',
                    {{ as_text('cast(round(100e0 * numbered.base_rate) as bigint)') }}, ' in 100 of all'
                )
            when coalesce(target_totals.customers, 0) = 0 then 'no customer has this target'
            when target_totals.class_count < 2 then 'all customers are of one class'
            when target_totals.searching_customers < 60 then concat('too few customers: ', {{ as_text('target_totals.customers') }})
            else 'no limit tells the classes apart'
        end as reason,
        case
            when numbered.rule_no is not null and numbered.judging_customers = 0 then '由深度为三的决策树得出；没有剩余客户可供检验'
            when numbered.rule_no is not null
                then concat(
                    '由深度为三的决策树得出；未参与建树的', {{ as_text('numbered.judging_customers') }}, '位客户中',
                    {{ as_text('numbered.class_judging') }}, '位属于该类，全体每100位中',
                    {{ as_text('cast(round(100e0 * numbered.base_rate) as bigint)') }}, '位'
                )
            when coalesce(target_totals.customers, 0) = 0 then '没有客户具有该目标'
            when target_totals.class_count < 2 then '所有客户同属一类'
            when target_totals.searching_customers < 60 then concat('客户过少：', {{ as_text('target_totals.customers') }})
            else '没有条件能区分各类'
        end as reason_zh,
        coalesce({{ safe_divide('numbered.precision_low', 'numbered.base_rate') }} > 1e0, false) as is_trustworthy,

        -- measures
        cast(coalesce(numbered.condition_count, 0) as bigint) as condition_count,
        cast(coalesce(numbered.customers, target_totals.customers, 0) as bigint) as customers,
        numbered.customer_share,
        cast(coalesce(numbered.judging_customers, 0) as bigint) as judging_customers,
        numbered.class_precision as precision,
        numbered.precision_low,
        numbered.precision_high,
        numbered.base_rate,
        {{ safe_divide('numbered.class_precision', 'numbered.base_rate') }} as lift,
        {{ safe_divide('numbered.precision_low', 'numbered.base_rate') }} as lift_low,
        {{ safe_divide('numbered.precision_high', 'numbered.base_rate') }} as lift_high,
        numbered.recall
    from targets
    left join target_totals on targets.target = target_totals.target
    left join numbered on targets.target = numbered.target
    left join business_groups on numbered.class = business_groups.business_group
    left join cluster_labels on numbered.class = cluster_labels.class

)

select * from final
