{#- One row per fit of an uplift model: the regression before its first step, the base rate alone. -#}
{%- set terms = uplift_terms() | length -%}
with

examples as (

    select * from {{ ref('int_uplift_training') }}

),

totals as (

    select
        fit_no,
        sum(label) as positives,
        count(*) as row_count,
        count(case when is_pilot then 1 end) as pilot_count
    from examples
    group by fit_no

),

final as (

    select
        fit_no,
        -- a pilot of a few hundred rows says nothing about so many terms
        case when pilot_count >= 2000 then 1 else 2 end as stage,
        0 as iteration,
        false as is_converged,
        cast(0 as bigint) as row_count_used,
        cast(null as double) as objective,
        cast(null as double) as longest_move,
        {{ array_of([array_of(['cast(null as double)'])]) }} as covariance,
        {{ array_of(['cast(null as double)']) }} as direction,
        1e0 as step_length,
        0e0 as a_0,
        ln((positives + 0.5e0) / (row_count - positives + 0.5e0)) as b_0
        {%- for i in range(1, terms + 1) %},
        0e0 as a_{{ i }},
        0e0 as b_{{ i }}
        {%- endfor %}
    from totals

)

select * from final
