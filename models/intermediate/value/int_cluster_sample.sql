{#-
  One row per segmentation, part, sampled customer and copy: the points that clusters are fitted on. Part
  `all` has each customer once; the parts b1 to b4 are bootstrap resamples of up to 2,500 draws, in which
  a customer stands as often as they were drawn (a Poisson count from a number of the customer).
-#}
{%- set resamples = 4 -%}
{%- set prime = 2147483647 -%}
{%- set power = namespace(value=1) -%}
with

points as (

    select * from {{ ref('int_cluster_points') }}
    where is_sampled

),

resamples (part, multiplier) as (

    values
    {%- for number in range(1, resamples + 1) %}
    {%- set power.value = power.value * 16807 * 16807 * 16807 % prime %}
    ('b{{ number }}', {{ power.value }}){{ ',' if not loop.last }}
    {%- endfor %}

),

sized as (

    select
        *,
        1 + {{ hash_60bit('customer_id') }} % {{ prime - 1 }} as seed,
        least(1e0, 2500e0 / count(*) over (partition by segmentation)) as draws
    from points

),

drawn as (

    select
        sized.*,
        resamples.part,
        exp(sized.draws) * ((cast(sized.seed as bigint) * resamples.multiplier % {{ prime }}) + 0.5e0) / {{ prime }}e0 as place
    from sized
    cross join resamples

),

-- the Poisson distribution function times e^draws, whose terms are 1, draws, draws^2 / 2 …
counted as (

    select
        *,
        case
            when place < 1e0 then 0
            when place < 1e0 + draws then 1
            when place < 1e0 + draws + draws * draws / 2e0 then 2
            when place < 1e0 + draws + draws * draws / 2e0 + draws * draws * draws / 6e0 then 3
            else 4
        end as copies
    from drawn

),

unioned as (

    select
        'all' as part,
        segmentation,
        customer_id,
        1 as copy_number,
        f1,
        f2,
        f3,
        f4,
        f5,
        f6
    from points
    union all
    select
        counted.part,
        counted.segmentation,
        counted.customer_id,
        copy_list.copy_number,
        {{ prefixed('counted', ['f1', 'f2', 'f3', 'f4', 'f5', 'f6']) }}
    from counted
    inner join {{ number_series(1, 4, 'copy_number') }} as copy_list on counted.copies >= copy_list.copy_number

),

final as (

    select
        -- key
        part,
        segmentation,
        customer_id,
        cast(copy_number as int) as copy_number,

        -- measures: standardised features
        f1,
        f2,
        f3,
        f4,
        f5,
        f6
    from unioned

)

select * from final
