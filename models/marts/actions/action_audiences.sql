{#-
  One row per action and segment: how many people are to be contacted, and what that should bring. Segments of fewer
  than var k_anonymity people are folded into `(small)`. Nobody in the holdout, nobody who is left alone.
-#}
with

contacted as (

    select * from {{ ref('customer_next_actions') }}
    where action != 'do_nothing' and not is_holdout

),

catalogue as (

    select * from {{ ref('actions') }}

),

cells as (

    select
        action,
        segment,
        count(*) as customer_count,
        {{ stable_sum('expected_effect') }} as expected_effect,
        sum(expected_value) as expected_value,
        sum(cost) as cost,
        sum(net_value) as net_value
    from contacted
    group by action, segment

),

folded as (

    {{ fold_small_cells(
        relation='cells', within=['action'], cell=['segment'],
        people='customer_count', sums=['customer_count', 'expected_effect', 'expected_value', 'cost', 'net_value']
    ) }}

),

final as (

    select
        -- key
        folded.action,
        folded.segment,

        -- attributes
        catalogue.label_en as action_label_en,
        catalogue.label_zh as action_label_zh,
        catalogue.objective,
        folded.is_folded,

        -- measures
        cast(folded.customer_count as bigint) as customers,
        {{ round_significant('folded.expected_effect') }} as expected_effect,
        cast(folded.expected_value as decimal(18, 4)) as expected_value,
        cast(folded.cost as decimal(18, 4)) as cost,
        cast(folded.net_value as decimal(18, 4)) as net_value
    from folded
    inner join catalogue on folded.action = catalogue.action

)

select * from final
