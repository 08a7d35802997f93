{#-
  One row per feature and limit that rules may use: up to 31 quantiles of the searching customers,
  rounded to three digits so that they can be said. Limit 0 stands for "unknown".
-#}
with

customers as (

    select * from {{ ref('int_rule_customers') }}
    where is_searching

),

numbers as (

    select
        cast(number_list.feature_no as int) as feature_no,
        number_list.number_value
    from customers
    {{ explode_array_with_position('customers.feature_values', 'number_list', 'number_value', 'feature_no') }}
    where number_list.number_value is not null

),

ranked as (

    select
        feature_no,
        number_value,
        row_number() over (
            partition by feature_no
            order by number_value asc
        ) as value_rank,
        count(*) over (partition by feature_no) as value_count
    from numbers

),

-- the values at the 32nd parts of the ranks
quantiles as (

    select
        feature_no,
        {{ round_significant('number_value', 3) }} as edge_value
    from ranked
    where
        {{ floor_divide('32 * value_rank', 'value_count') }} > {{ floor_divide('32 * (value_rank - 1)', 'value_count') }}
        and value_rank < value_count

),

different as (

    select
        feature_no,
        edge_value
    from quantiles
    group by feature_no, edge_value

),

final as (

    select
        -- key
        feature_no,
        cast(row_number() over (
            partition by feature_no
            order by edge_value asc
        ) as int) as edge_no,

        -- measures
        edge_value
    from different

)

select * from final
