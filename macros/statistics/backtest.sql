{#-
  How wide an interval has to be, told by the errors of a backtest: common table expressions `means`, `errors`,
  `ranked`, `widths` and `covered` after a relation of forecasts of past cutoffs. An error is relative to its
  forecast, or to a tenth of the mean forecast where that is more. The width is the error at the rank that leaves
  a tenth outside (split conformal prediction); coverage is that of one half of the cutoffs by the width of the other.
    nodes  keys, cutoff_no (1 is the newest), forecast, actual and the step
    keys   columns that tell series apart
    step   column that tells the forecasts of one cutoff apart
-#}
{%- macro backtest_ctes(nodes, keys, step) -%}
    {%- set key_list = keys | join(', ') -%}
    {%- set target = '0.9e0' -%}
means as (

    select
        {{ key_list }},
        {{ stable_avg('forecast') }} as mean_forecast,
        max(cutoff_no) as cutoffs
    from {{ nodes }}
    group by {{ key_list }}

),

errors as (

    select
        {{ prefixed('past', keys) }},
        past.cutoff_no,
        past.{{ step }},
        case when 2 * past.cutoff_no <= means.cutoffs then 'newer' else 'older' end as half,
        past.forecast - past.actual as error,
        past.actual,
        {{ safe_divide('abs(past.forecast - past.actual)', 'greatest(past.forecast, means.mean_forecast / 10e0)') }} as relative_error
    from {{ nodes }} as past
    inner join means on {{ equal_keys('past', 'means', keys) }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by {{ key_list }}
            order by {{ round_significant('relative_error') }} asc, cutoff_no asc, {{ step }} asc
        ) as error_rank,
        row_number() over (
            partition by {{ key_list }}, half
            order by {{ round_significant('relative_error') }} asc, cutoff_no asc, {{ step }} asc
        ) as half_rank,
        count(*) over (partition by {{ key_list }}) as error_count,
        count(*) over (partition by {{ key_list }}, half) as half_count
    from errors

),

widths as (

    select
        {{ key_list }},
        max(case when error_rank = least(error_count, ceil({{ target }} * (error_count + 1))) then relative_error end) as relative_width,
        max(case when half = 'newer' and half_rank = least(half_count, ceil({{ target }} * (half_count + 1))) then relative_error end) as newer_width,
        max(case when half = 'older' and half_rank = least(half_count, ceil({{ target }} * (half_count + 1))) then relative_error end) as older_width,
        {{ stable_avg('abs(error)') }} as mean_error,
        {{ stable_avg('error') }} as mean_bias,
        {{ stable_avg('actual') }} as mean_actual
    from ranked
    group by {{ key_list }}

),

covered as (

    select
        {{ prefixed('errors', keys) }},
        {{ stable_avg("case when errors.relative_error <= case errors.half when 'newer' then widths.older_width else widths.newer_width end then 1e0 else 0e0 end") }} as coverage
    from errors
    inner join widths on {{ equal_keys('errors', 'widths', keys) }}
    group by {{ prefixed('errors', keys) }}

)
{%- endmacro -%}
