{#-
  k-means over many runs at once (Lloyd). A run is one row: its keys and its centroids side by side,
  c<cluster>_<feature>, null for clusters that it does not have. Side by side because then one join
  of points and runs gives all distances of a point, and the nearest is a matter of columns.

    points  relation with the columns of `keys` that it shares, customer_id and f1 … f<features>
    runs    relation with keys and centroids
-#}

{#- Names of the centroid columns, c1_1 … -#}
{%- macro centroid_columns(clusters, features) -%}
    {%- set names = [] -%}
    {%- for cluster in range(1, clusters + 1) -%}{%- for feature in range(1, features + 1) -%}
        {%- do names.append('c' ~ cluster ~ '_' ~ feature) -%}
    {%- endfor -%}{%- endfor -%}
    {{- return(names) -}}
{%- endmacro -%}

{#-
  CTEs `distances` (squared, d1 …) and `assigned` (all of them, `cluster`, `distance`).
    points_join  condition between `points` and `runs`
    units        the points bring u1 … u<features>, to be summed, in place of f1 …
    halves       runs whose number of clusters, column k, is at most half of `clusters` are measured apart:
                 a distance to clusters that they do not have costs as much as any other
-#}
{%- macro cluster_distances(keys, points_join, clusters, features, units=false, halves=false) -%}
{%- set half = clusters // 2 -%}
{%- set parts = [{'measured': half, 'condition': 'runs.k <= ' ~ half}, {'measured': clusters, 'condition': 'runs.k > ' ~ half}]
    if halves else [{'measured': clusters, 'condition': none}] -%}
distances as (
    {% for part in parts %}
    select
        {{ prefixed('runs', keys) }},
        points.customer_id,
        {%- for feature in range(1, features + 1) %}
        points.{{ 'u' if units else 'f' }}{{ feature }},
        {%- endfor %}
        {%- for cluster in range(1, clusters + 1) %}
        {% if cluster > part.measured -%}
        cast(null as double)
        {%- else -%}
        {% for feature in range(1, features + 1) -%}
        (points.f{{ feature }} - runs.c{{ cluster }}_{{ feature }}) * (points.f{{ feature }} - runs.c{{ cluster }}_{{ feature }})
            {{- ' + ' if not loop.last }}
        {%- endfor %}
        {%- endif %} as d{{ cluster }}{{ ',' if not loop.last }}
        {%- endfor %}
    from points
    inner join runs on {{ points_join }}
    {%- if part.condition %}
    where {{ part.condition }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

nearest as (

    select
        *,
        least({% for cluster in range(1, clusters + 1) %}d{{ cluster }}{{ ', ' if not loop.last }}{% endfor %}) as distance
    from distances

),

assigned as (

    select
        *,
        case
            {%- for cluster in range(1, clusters + 1) %}
            when d{{ cluster }} = distance then {{ cluster }}
            {%- endfor %}
        end as cluster
    from nearest

)
{%- endmacro -%}

{#-
  One Lloyd step of every run that still moves: the body of an `iterate` model that accumulates and
  keeps the last row of a run. One of the keys is k, the number of clusters.
    tolerance  a run ends when a step lowers its sum of squares by no more than this share
    trials     {iteration: number}: after so many steps only so many of the runs that still move go on,
               those of the smallest sum of squares
    rivals     keys that runs have in common which compete
-#}
{%- macro kmeans_step(
    points, runs, keys, points_join, clusters, features, tolerance='1e-12', trials={}, rivals=[]
) -%}
{%- set centroids = centroid_columns(clusters, features) -%}
with

-- features in whole billionths, as they are summed
points as (

    select
        *,
        {%- for feature in range(1, features + 1) %}
        cast(round(f{{ feature }} * 1e9, 0) as bigint) as u{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ points }}

),

steps as (

    select * from {{ runs }}

),

ranked as (

    select
        *,
        row_number() over (partition by {{ keys | join(', ') }} order by iteration desc) as recency_rank
    from steps

),

-- a number for the run: the only key that its points carry
runs as (

    select
        *,
        row_number() over (order by {{ keys | join(', ') }}) as run_no
    from ranked
    where recency_rank = 1 and not is_finished

),

-- 1. every point goes to the nearest centroid
{{ cluster_distances(['run_no'], points_join, clusters, features, units=true, halves=true) }},

-- 2. every centroid goes to the middle of its points
middles as (

    select
        run_no,
        cluster,
        {{ fixed_sum('distance') }} as sse,
        {%- for feature in range(1, features + 1) %}
        cast(sum(u{{ feature }}) as double) / 1e9 / count(*) as f{{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from assigned
    group by run_no, cluster

),

by_run as (

    select
        run_no,
        {{ stable_sum('sse') }} as sse,
        {%- for cluster in range(1, clusters + 1) %}{%- set last_cluster = loop.last %}
        {%- for feature in range(1, features + 1) %}
        max(case when cluster = {{ cluster }} then f{{ feature }} end) as c{{ cluster }}_{{ feature }}{{ ',' if not (last_cluster and loop.last) }}
        {%- endfor %}{%- endfor %}
    from middles
    group by run_no

),

moved as (

    select
        {{ prefixed('runs', keys) }},
        cast(runs.iteration + 1 as int) as iteration,
        by_run.sse,
        -- the sum belongs to the centroids before this step: where it stands still, so do they
        coalesce(runs.sse - by_run.sse <= {{ tolerance }} * runs.sse, false) as is_converged,
        {%- for name in centroids %}
        -- a centroid that lost all its points stays where it was
        coalesce(by_run.{{ name }}, runs.{{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from runs
    inner join by_run on runs.run_no = by_run.run_no

),

{% if trials -%}
-- 3. runs that fell behind are given up
placed as (

    select
        *,
        row_number() over (
            partition by {{ rivals | join(', ') }}, is_converged
            order by {{ round_significant('sse', 9) }} asc, {{ keys | join(', ') }}
        ) as place
    from moved

),

{% endif -%}
final as (

    select
        {{ keys | join(', ') }},
        iteration,
        sse,
        is_converged
        {%- for iteration, number in trials.items() %}
        or (iteration = {{ iteration }} and place > {{ number }})
        {%- endfor %} as is_finished,
        {{ centroids | join(', ') }}
    from {{ 'placed' if trials else 'moved' }}

)

select * from final
{%- endmacro -%}

{#-
  CTEs up to `silhouettes`: one row per run and point with cluster, distance and silhouette, from
  squared Euclidean distances. The mean squared distance to all points of a cluster is the squared
  distance to its centroid plus the cluster's variance, so that no pair of points is ever compared:
  exact, and as cheap as one more step.
-#}
{%- macro cluster_silhouettes(keys, points_join, clusters, features) -%}
{{ cluster_distances(keys, points_join, clusters, features) }},

cluster_totals as (

    select
        {{ keys | join(', ') }},
        {%- for cluster in range(1, clusters + 1) %}
        nullif(count(case when cluster = {{ cluster }} then 1 end), 0) as n{{ cluster }},
        {{ stable_avg('case when cluster = ' ~ cluster ~ ' then distance end') }} as w{{ cluster }}{{ ',' if not loop.last }}
        {%- endfor %}
    from assigned
    group by {{ keys | join(', ') }}

),

compared as (

    select
        {{ prefixed('assigned', keys) }},
        assigned.customer_id,
        assigned.cluster,
        assigned.distance,
        case assigned.cluster
            {%- for cluster in range(1, clusters + 1) %}
            when {{ cluster }} then cluster_totals.n{{ cluster }}
            {%- endfor %}
        end as own_size,
        case assigned.cluster
            {%- for cluster in range(1, clusters + 1) %}
            when {{ cluster }} then cluster_totals.w{{ cluster }}
            {%- endfor %}
        end as own_variance,
        least(
            {%- for cluster in range(1, clusters + 1) %}
            case when assigned.cluster != {{ cluster }} then assigned.d{{ cluster }} + cluster_totals.w{{ cluster }} end
                {{- ',' if not loop.last }}
            {%- endfor %}
        ) as to_next_cluster
    from assigned
    inner join cluster_totals on {{ equal_keys('assigned', 'cluster_totals', keys) }}

),

own_distances as (

    select
        *,
        (distance + own_variance) * own_size / nullif(cast(own_size - 1 as double), 0e0) as to_own_cluster
    from compared

),

silhouettes as (

    select
        *,
        case
            when own_size = 1 or to_next_cluster is null then 0e0
            when greatest(to_next_cluster, to_own_cluster) = 0e0 then 0e0
            else (to_next_cluster - to_own_cluster) / greatest(to_next_cluster, to_own_cluster)
        end as silhouette
    from own_distances

)
{%- endmacro -%}

{#- Squared distance between the rows of two relations. -#}
{%- macro squared_distance(left, right, features) -%}
    {%- for feature in range(1, features + 1) -%}
    ({{ left }}.f{{ feature }} - {{ right }}.f{{ feature }}) * ({{ left }}.f{{ feature }} - {{ right }}.f{{ feature }}){{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
