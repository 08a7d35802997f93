{#-
  One row per buyer with consent to analytics: the numbers that rules may read, in the order of
  segment_rule_features. Two of three search for rules, at most 20,000; the others judge them.
-#}
with

profiles as (

    select * from {{ ref('customer_profiles') }}
    where order_count > 0

),

numbered as (

    select
        *,
        row_number() over (
            order by {{ hash_60bit('customer_id') }}, customer_id
        ) as customer_no
    from profiles

),

final as (

    select
        -- key
        customer_no,
        customer_id,

        -- attributes
        mod(customer_no, 3) > 0 and customer_no <= 30000 as is_searching,

        -- measures
        {% set numbers = [] -%}
        {%- for feature in segment_rule_features() -%}
        {%- do numbers.append('cast(' ~ feature ~ ' as double)') -%}
        {%- endfor -%}
        {{ array_of(numbers) }} as feature_values
    from numbered

)

select * from final
