{#-
  One row per captured reference date, fitted model, metric and role: the value, that of the build it is
  compared with, and how far populations and parameters moved since that build.
-#}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- what a delivery with a date of the future once left there is no build before this one
memory as (

    select memory.*
    from {{ ref('int_model_memory') }} as memory
    inner join reference_date on memory.as_of <= reference_date.as_of

),

builds as (

    select as_of
    from memory
    group by as_of

),

-- 1. compared with the newest build that is old enough: from one day to the next nothing moves that is not
-- broken. Younger than that there may be only the first one
compared_builds as (

    select
        builds.as_of,
        coalesce(
            max(case when {{ days_between('earlier.as_of', 'builds.as_of') }} >= {{ var('monitoring_reference_days') | int }} then earlier.as_of end),
            min(earlier.as_of)
        ) as reference_as_of
    from builds
    left join builds as earlier on builds.as_of > earlier.as_of
    group by builds.as_of

),

compared as (

    select
        memory.*,
        compared_builds.reference_as_of
    from memory
    inner join compared_builds on memory.as_of = compared_builds.as_of

),

-- 2. populations: bins of now and of then
bins as (

    select
        as_of,
        model,
        name,
        detail,
        reference_as_of,
        bin_no,
        row_count as present_count,
        cast(0 as bigint) as reference_count
    from compared
    where kind = 'share'
    union all
    select
        compared_builds.as_of,
        memory.model,
        memory.name,
        memory.detail,
        compared_builds.reference_as_of,
        memory.bin_no,
        cast(0 as bigint) as present_count,
        memory.row_count as reference_count
    from compared_builds
    inner join memory on compared_builds.reference_as_of = memory.as_of
    where memory.kind = 'share'

),

both_bins as (

    select
        as_of,
        model,
        name,
        detail as bin,
        bin_no,
        max(reference_as_of) as reference_as_of,
        sum(present_count) as present_count,
        sum(reference_count) as reference_count
    from bins
    group by as_of, model, name, detail, bin_no

),

{{ stability_ctes('both_bins', ['as_of', 'model', 'name']) }},

-- 3. parameters: how many left the interval that they had, widened by the root of 2, because those of today
-- are as uncertain; those of another algorithm may share their names
moved as (

    select
        compared.as_of,
        compared.model,
        count(*) as parameter_count,
        count(reference.value) as compared_count,
        sum(case
            when
                not compared.value between reference.value - sqrt(2e0) * (reference.value - reference.low)
                and reference.value + sqrt(2e0) * (reference.high - reference.value)
                then 1
            else 0
        end) as moved_count
    from compared
    left join memory as reference
        on
            compared.reference_as_of = reference.as_of
            and compared.model = reference.model
            and compared.name = reference.name
            and coalesce(compared.algorithm, '') = coalesce(reference.algorithm, '')
            and reference.kind = 'estimate'
            and reference.low is not null
            and reference.high is not null
    where compared.kind = 'estimate'
    group by compared.as_of, compared.model

),

algorithms as (

    select
        as_of,
        model,
        coalesce(
            max(case when kind = 'measure' and role = 'champion' then algorithm end),
            max(case when kind = 'forecast' and name != 'recent_mean' then algorithm end),
            max(case when kind in ('parameter', 'estimate') then algorithm end)
        ) as algorithm
    from memory
    group by as_of, model

),

final as (

    select
        compared.as_of,
        compared.model,
        compared.name as metric,
        compared.role,
        compared.algorithm,
        compared.value,
        compared.row_count as sample_size,
        compared.reference_as_of,
        reference.value as previous,
        reference.row_count as previous_sample_size
    from compared
    left join memory as reference
        on
            compared.reference_as_of = reference.as_of
            and compared.model = reference.model
            and compared.name = reference.name
            and compared.role = reference.role
            and reference.kind = 'measure'
    where compared.kind = 'measure'
    union all
    select
        stability.as_of,
        stability.model,
        stability.name as metric,
        'champion' as role,
        algorithms.algorithm,
        stability.stability_index as value,
        case
            when compared_builds.reference_as_of is null then stability.present_rows
            else least(stability.reference_rows, stability.present_rows)
        end as sample_size,
        compared_builds.reference_as_of,
        cast(null as double) as previous,
        cast(null as bigint) as previous_sample_size
    from stability
    inner join compared_builds on stability.as_of = compared_builds.as_of
    left join algorithms
        on
            stability.as_of = algorithms.as_of
            and stability.model = algorithms.model
    union all
    select
        moved.as_of,
        moved.model,
        'parameters_outside' as metric,
        'champion' as role,
        algorithms.algorithm,
        {{ round_significant(safe_divide('moved.moved_count', 'moved.compared_count')) }} as value,
        case when compared_builds.reference_as_of is null then moved.parameter_count else moved.compared_count end as sample_size,
        compared_builds.reference_as_of,
        cast(null as double) as previous,
        cast(null as bigint) as previous_sample_size
    from moved
    inner join compared_builds on moved.as_of = compared_builds.as_of
    left join algorithms
        on
            moved.as_of = algorithms.as_of
            and moved.model = algorithms.model

)

select * from final
