{#-
  One row per segmentation, part, number of clusters and start: where k-means begins. Start 1 spreads
  the centroids over the quantiles, start 2 takes the point farthest from those taken (maximin),
  the others draw points with a probability that grows with the squared distance (k-means++). Their
  random numbers depend on customer, start and pick only: a number of the customer times a power of
  48,271, modulo the prime 2^31 - 1.
-#}
{%- set features = range(1, 7) -%}
{%- set max_k = 8 -%}
{%- set prime = 2147483647 -%}
{%- set power = namespace(value=1) -%}
with

sample as (

    select * from {{ ref('int_cluster_sample') }}

),

-- the resamples only say whether the groups are stable: fewer starts
starts (
    start_number, is_for_resamples
    {%- for pick in range(1, max_k + 1) %}, multiplier_{{ pick }}{% endfor %}
) as (

    values
    {%- for start_number in range(2, 21) %}
    (
        {{ start_number }}, {{ 'true' if start_number <= 5 else 'false' }}
        {%- for pick in range(1, max_k + 1) -%}
            {%- set power.value = power.value * 48271 % prime -%}
            , {{ power.value }}
        {%- endfor %}
    ){{ ',' if not loop.last }}
    {%- endfor %}

),

numbered as (

    select
        segmentation,
        part,
        {% for feature in features %}f{{ feature }}, {% endfor %}
        1 + {{ hash_60bit('customer_id') }} % {{ prime - 1 }} as seed,
        row_number() over (partition by segmentation, part order by customer_id) as place,
        count(*) over (partition by segmentation, part) as customers
    from sample

),

measured_0 as (

    select
        numbered.*,
        starts.start_number,
        {% for pick in range(1, max_k + 1) %}starts.multiplier_{{ pick }}, {% endfor %}
        -- k-means++ begins anywhere, maximin in the middle
        case
            when starts.start_number > 2 then 1e0
            else 1e0 / (1e0 + {% for feature in features %}numbered.f{{ feature }} * numbered.f{{ feature }}{{ ' + ' if not loop.last }}{% endfor %})
        end as distance
    from numbered
    inner join starts on numbered.part = 'all' or starts.is_for_resamples

),

{% for pick in range(1, max_k + 1) -%}
-- pick {{ pick }}: the farthest, in units of an exponential random number; equal ones: the last
picked_{{ pick }} as (

    select
        segmentation,
        part,
        start_number,
        {{ pick }} as pick,
        max({{ struct_of({
            'score': 'round(distance / case when start_number = 2 then 1e0 else -ln((cast(seed as bigint) * multiplier_'
                ~ pick ~ ' % ' ~ prime ~ ' + 0.5e0) / ' ~ prime ~ 'e0) end, 9)',
            'place': 'place',
        }) }}) as farthest
    from measured_{{ pick - 1 }}
    group by segmentation, part, start_number

),

centre_{{ pick }} as (

    select
        picked.segmentation,
        picked.part,
        picked.start_number,
        picked.pick,
        numbered.customers,
        {%- for feature in features %}
        numbered.f{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from picked_{{ pick }} as picked
    inner join numbered
        on
            picked.segmentation = numbered.segmentation
            and picked.part = numbered.part
            and picked.farthest.place = numbered.place  -- noqa: RF01
    {{ computed_once() }}

),

{% if pick < max_k -%}
measured_{{ pick }} as (

    select
        measured.segmentation,
        measured.part,
        measured.start_number,
        measured.place,
        measured.seed,
        {% for feature in features %}measured.f{{ feature }}, {% endfor %}
        {% for later in range(pick + 1, max_k + 1) %}measured.multiplier_{{ later }}, {% endfor %}
        {% if pick > 1 %}least(measured.distance, {% endif %}{{ squared_distance('measured', 'centre', 6) }}{{ ')' if pick > 1 }} as distance
    from measured_{{ pick - 1 }} as measured
    inner join centre_{{ pick }} as centre on {{ equal_keys('measured', 'centre', ['segmentation', 'part', 'start_number']) }}

),

{% endif -%}
{% endfor -%}
centres as (
    {% for pick in range(1, max_k + 1) %}
    select * from centre_{{ pick }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

sizes as (

    select cast(size_list.k as int) as k
    from {{ number_series(1, max_k, 'k') }} as size_list

),

drawn as (

    select
        centres.segmentation,
        centres.part,
        sizes.k,
        cast(centres.start_number as int) as start_number,
        {%- for pick in range(1, max_k + 1) %}{%- set last_pick = loop.last %}{%- for feature in features %}
        max(case when centres.pick = {{ pick }} then centres.f{{ feature }} end) as c{{ pick }}_{{ feature }}{{ ',' if not (last_pick and loop.last) }}
        {%- endfor %}{%- endfor %}
    from centres
    inner join sizes on centres.pick <= sizes.k
    -- at least four customers a cluster; one cluster needs one start
    where
        (sizes.k > 1 and 4 * sizes.k <= centres.customers)
        or (sizes.k = 1 and centres.start_number = 2)
    group by centres.segmentation, centres.part, sizes.k, centres.start_number

),

-- start 1: points at the middle of each k-th of the sum of all features
ordered as (

    select
        *,
        row_number() over (
            partition by segmentation, part
            order by
                round({% for feature in features %}f{{ feature }}{{ ' + ' if not loop.last }}{% endfor %}, 6),
                customer_id
        ) as place,
        count(*) over (partition by segmentation, part) as customers
    from sample

),

quantiles as (

    select
        ordered.segmentation,
        ordered.part,
        sizes.k,
        cast(1 as int) as start_number,
        {%- for pick in range(1, max_k + 1) %}{%- set last_pick = loop.last %}{%- for feature in features %}
        max(case
            when sizes.k >= {{ pick }} and ordered.place = 1 + floor(ordered.customers * {{ pick - 0.5 }}e0 / sizes.k)
                then ordered.f{{ feature }}
        end) as c{{ pick }}_{{ feature }}{{ ',' if not (last_pick and loop.last) }}
        {%- endfor %}{%- endfor %}
    from ordered
    cross join sizes
    where sizes.k > 1 and 4 * sizes.k <= ordered.customers
    group by ordered.segmentation, ordered.part, sizes.k

),

unioned as (

    select * from drawn
    union all
    select * from quantiles

),

final as (

    select
        segmentation,
        part,
        k,
        start_number,
        cast(0 as int) as iteration,
        cast(null as double) as sse,
        false as is_finished,
        {{ centroid_columns(max_k, 6) | join(', ') }}
    from unioned

)

select * from final
