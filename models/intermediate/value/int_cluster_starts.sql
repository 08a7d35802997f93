{#-
  One row per segmentation, part, number of clusters and start: where k-means begins. Start 1 spreads
  the centroids over the quantiles, start 2 takes the point farthest from those taken (maximin),
  the others draw points with a probability that grows with the squared distance (k-means++), from
  random numbers that depend on customer and start only.
-#}
{%- set features = range(1, 7) -%}
{%- set max_k = 8 -%}
with

sample as (

    select * from {{ ref('int_cluster_sample') }}

),

starts as (

    select
        start_list.start_number,
        -- the halves only say whether the groups are stable: fewer starts
        start_list.start_number <= 3 as is_for_halves
    from {{ number_series(2, 20, 'start_number') }} as start_list

),

candidates_0 as (

    select
        sample.segmentation,
        sample.part,
        starts.start_number,
        sample.customer_id,
        {% for feature in features %}sample.f{{ feature }}, {% endfor %}
        -- k-means++ begins anywhere, maximin in the middle
        case
            when starts.start_number = 2
                then -({% for feature in features %}sample.f{{ feature }} * sample.f{{ feature }}{{ ' + ' if not loop.last }}{% endfor %})
            else {{ hash_60bit("concat(sample.customer_id, '-', cast(starts.start_number as string), '-1')") }} / 1152921504606846976e0
        end as weight_0
    from sample
    inner join starts on sample.part = 'all' or starts.is_for_halves

),

{% for pick in range(1, max_k + 1) -%}
-- pick {{ pick }}
picked_{{ pick }} as (

    select
        *,
        {{ kmeans_pick('round(weight_' ~ (pick - 1) ~ ', 9)', 'segmentation, part, start_number', 6) }} as pick_{{ pick }}
    from candidates_{{ pick - 1 }}

),

measured_{{ pick }} as (

    select
        *,
        {% if pick > 1 -%}
        least(distance_{{ pick - 1 }}, {{ squared_distance_to('pick_' ~ pick, 6) }})
        {%- else -%}
        {{ squared_distance_to('pick_1', 6) }}
        {%- endif %} as distance_{{ pick }}
    from picked_{{ pick }}

),

candidates_{{ pick }} as (

    select
        *,
        case
            when start_number = 2 then distance_{{ pick }}
            else distance_{{ pick }}
                / -ln(({{ hash_60bit("concat(customer_id, '-', cast(start_number as string), '-" ~ (pick + 1) ~ "')") }} + 1e0)
                    / 1152921504606846978e0)
        end as weight_{{ pick }}
    from measured_{{ pick }}

),

{% endfor -%}
sequences as (

    select
        segmentation,
        part,
        start_number,
        count(*) as customers,
        {%- for pick in range(1, max_k + 1) %}
        max(pick_{{ pick }}) as pick_{{ pick }}{{ ',' if not loop.last }}
        {%- endfor %}
    from candidates_{{ max_k }}
    group by segmentation, part, start_number

),

sizes as (

    select cast(size_list.k as int) as k
    from {{ number_series(1, max_k, 'k') }} as size_list

),

drawn as (

    select
        sequences.segmentation,
        sequences.part,
        sizes.k,
        cast(sequences.start_number as int) as start_number,
        {%- for pick in range(1, max_k + 1) %}{%- set last_pick = loop.last %}{%- for feature in features %}
        case when sizes.k >= {{ pick }} then sequences.pick_{{ pick }}.f{{ feature }} end as c{{ pick }}_{{ feature }}{{ ',' if not (last_pick and loop.last) }}
        {%- endfor %}{%- endfor %}
    from sequences
    cross join sizes
    -- at least four customers a cluster; one cluster needs one start
    where
        (sizes.k > 1 and 4 * sizes.k <= sequences.customers)
        or (sizes.k = 1 and sequences.start_number = 2)

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
        false as is_converged,
        {{ centroid_columns(max_k, 6) | join(', ') }}
    from unioned
    where part = 'all' or k <= 6

)

select * from final
