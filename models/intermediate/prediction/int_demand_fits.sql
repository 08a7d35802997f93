{#-
  One row per category, cutoff, feature set and method of smoothing: the parameters of a grid with the smallest one-step errors
  on the weeks known at the cutoff, and the state after the last of them. All series and parameters are folded in one pass.
-#}
with

adjusted as (

    select * from {{ ref('int_demand_adjusted') }}
    where week_no <= cutoff_week_no

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

-- 1. a series as an array, with its first guesses
arrays as (

    select
        adjusted.category,
        adjusted.cutoff_no,
        adjusted.feature_set,
        {{ ordered_array_agg('adjusted.adjusted_units', 'adjusted.week_no') }} as seen_units,
        {{ stable_avg('case when adjusted.week_no < adjusted.first_week_no + 8 then adjusted.adjusted_units end') }} as start_level,
        {{ stable_avg('case when adjusted.units > 0 then adjusted.adjusted_units end') }} as mean_demand,
        count(case when adjusted.units > 0 then 1 end) / cast(count(*) as double) as demand_share
    from adjusted
    group by adjusted.category, adjusted.cutoff_no, adjusted.feature_set

),

series as (

    select
        arrays.*,
        cutoffs.is_intermittent
    from arrays
    inner join cutoffs
        on
            arrays.category = cutoffs.category
            and arrays.cutoff_no = cutoffs.cutoff_no
    where arrays.demand_share > 0

),

-- 2. the grid
{% set alphas = array_of(['0.02e0', '0.05e0', '0.1e0', '0.2e0', '0.3e0', '0.5e0', '0.8e0']) -%}
{%- set betas = array_of(['0e0', '0.1e0', '0.3e0']) -%}
{%- set phis = array_of(['0.8e0', '0.95e0']) -%}
alphas as (

    select {{ array_get(alphas, 'places.place') }} as alpha
    from {{ number_series(1, 7, 'place') }} as places

),

betas as (

    select {{ array_get(betas, 'places.place') }} as beta
    from {{ number_series(1, 3, 'place') }} as places

),

phis as (

    select {{ array_get(phis, 'places.place') }} as phi
    from {{ number_series(1, 2, 'place') }} as places

),

grid as (

    select
        'smoothing' as method,
        alphas.alpha,
        betas.beta,
        phis.phi
    from alphas
    cross join betas
    cross join phis
    where betas.beta > 0 or phis.phi < 0.9e0
    union all
    select
        'tsb' as method,
        alphas.alpha,
        betas.beta,
        0e0 as phi
    from alphas
    cross join betas
    where alphas.alpha <= 0.3e0 and betas.beta > 0
    union all
    select
        'croston' as method,
        alphas.alpha,
        0e0 as beta,
        0e0 as phi
    from alphas
    where alphas.alpha <= 0.3e0

),

-- 3. one fold each; rare demand has no calendar
pairs as (

    select
        series.*,
        grid.method,
        grid.alpha,
        grid.beta,
        grid.phi
    from series
    inner join grid
        on
            grid.method = 'smoothing'
            or (series.is_intermittent and series.feature_set = 'none')

),

folded as (

    {% for method in ['smoothing', 'tsb', 'croston'] -%}
    select
        category,
        cutoff_no,
        feature_set,
        method,
        alpha,
        beta,
        phi,
        {% if method == 'smoothing' -%}
        {{ smooth_damped('seen_units', 'start_level', 'alpha', 'beta', 'phi') }} as state
        {%- elif method == 'tsb' -%}
        {{ smooth_tsb('seen_units', 'mean_demand', 'demand_share', 'alpha', 'beta') }} as state
        {%- else -%}
        {{ smooth_croston('seen_units', 'mean_demand', 'demand_share', 'alpha') }} as state
        {%- endif %}
    from pairs
    where method = '{{ method }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

scored as (

    select
        *,
        {{ array_get('state', 3) }} as squared_error
    from folded

),

rounded as (

    select
        *,
        {{ round_significant('squared_error') }} as rounded_error
    from scored

),

final as (

    select
        -- key
        category,
        cutoff_no,
        feature_set,
        method,

        -- measures
        alpha,
        beta,
        phi,
        state
    from rounded
    qualify row_number() over (
        partition by category, cutoff_no, feature_set, method
        order by rounded_error asc, beta asc, alpha asc, phi asc
    ) = 1

)

select * from final
