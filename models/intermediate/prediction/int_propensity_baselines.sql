{#-
  One row per target, baseline and bin: the share of training examples in which it happened, as if ten
  more had come out at the base rate. `base_rate` has one bin.
-#}
with

cells as (

    select * from {{ ref('int_propensity_cells') }}
    where role = 'training'

),

rates as (

    select
        fit_no,
        (sum(positives) + 0.5e0) / (sum(example_count) + 1e0) as base_rate
    from cells
    group by fit_no

),

binned as (

    select
        fit_no,
        'base_rate' as model,
        0 as bin,
        sum(example_count) as example_count,
        sum(positives) as positives
    from cells
    group by fit_no
    union all
    select
        fit_no,
        'recency_only' as model,
        recency_bin as bin,
        sum(example_count) as example_count,
        sum(positives) as positives
    from cells
    group by fit_no, recency_bin
    union all
    select
        fit_no,
        'alive_only' as model,
        alive_bin as bin,
        sum(example_count) as example_count,
        sum(positives) as positives
    from cells
    group by fit_no, alive_bin

),

final as (

    select
        binned.fit_no,
        binned.model,
        binned.bin,
        (binned.positives + 10e0 * rates.base_rate) / (binned.example_count + 10e0) as rate,
        rates.base_rate
    from binned
    inner join rates on binned.fit_no = rates.fit_no

)

select * from final
