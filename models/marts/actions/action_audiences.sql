{#-
  One row per action and segment: how many people are to be contacted, and what that should bring. Segments of fewer
  than var k_anonymity people are folded into `(small)`; what is still fewer has no figures. Nobody in the holdout, nobody who is left alone.
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

-- an action for one or two people in all has nothing to be folded with
shown as (

    select
        *,
        customer_count < {{ var('k_anonymity') | int }} as is_small
    from folded

),

final as (

    select
        -- key
        shown.action,
        shown.segment,

        -- attributes
        catalogue.label_en as action_label_en,
        catalogue.label_zh as action_label_zh,
        catalogue.objective,
        shown.is_folded,

        -- measures
        cast(shown.customer_count as bigint) as customers,
        case when not shown.is_small then {{ round_significant('shown.expected_effect') }} end as expected_effect,
        {%- for column in ['expected_value', 'cost', 'net_value'] %}
        case when not shown.is_small then cast(shown.{{ column }} as decimal(18, 4)) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shown
    inner join catalogue on shown.action = catalogue.action

)

select * from final
