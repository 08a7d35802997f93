{#- One row per target, role and bins of recency and P(alive): how many examples, in how many it happened. All that the baselines need. -#}
with

examples as (

    select * from {{ ref('int_propensity_examples') }}
    where role != 'score'

),

final as (

    select
        fit_no,
        role,
        recency_bin,
        alive_bin,
        count(*) as example_count,
        cast(sum(label) as bigint) as positives
    from examples
    group by fit_no, role, recency_bin, alive_bin

)

select * from final
