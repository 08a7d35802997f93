{#-
  One row per period and month of the year, where orders of each are known: how many repeat orders came
  for each that customers of that age place in an average month. Age and season are told apart by fitting
  each to what the other leaves, in turn; twenty orders of an average month hold the index of a month
  with few. Also what the months held out say about it: the error of their orders with and without season.
-#}
{%- set rounds = 6 -%}
with

cells as (

    select
        *,
        customers * cast(observed_days as double) as exposure
    from {{ ref('int_order_months') }}
    where not is_held_out

),

held_out as (

    select * from {{ ref('int_order_months') }}
    where is_held_out

),

seasons_0 as (

    select
        period,
        month_number,
        1e0 as season_index
    from cells
    group by period, month_number

),

{% for round in range(1, rounds + 1) -%}
ages_{{ round }} as (

    select
        cells.period,
        cells.age_months,
        {{ safe_divide('sum(cells.orders)', stable_sum('cells.exposure * seasons.season_index')) }} as orders_per_day
    from cells
    inner join seasons_{{ round - 1 }} as seasons
        on
            cells.period = seasons.period
            and cells.month_number = seasons.month_number
    group by cells.period, cells.age_months

),

seasons_{{ round }} as (

    select
        cells.period,
        cells.month_number,
        (sum(cells.orders) + 20e0) / ({{ stable_sum('cells.exposure * ages.orders_per_day') }} + 20e0) as season_index
    from cells
    inner join ages_{{ round }} as ages
        on
            cells.period = ages.period
            and cells.age_months = ages.age_months
    group by cells.period, cells.month_number

),

{% endfor -%}
centred as (

    select
        period,
        month_number,
        {{ round_significant('season_index / avg(season_index) over (partition by period)', 6) }} as season_index,
        count(*) over (partition by period) as known_months
    from seasons_{{ rounds }}

),

known as (

    select
        period,
        month_number,
        sum(orders) as orders
    from cells
    group by period, month_number

),

-- 1. the months held out, by the age of their customers alone and with the season; how many orders came in
-- all is another question
foretold as (

    select
        held_out.period,
        held_out.month_start,
        sum(held_out.orders) as orders,
        {{ stable_sum('held_out.customers * held_out.month_days * plain.orders_per_day') }} as without_season,
        {{ stable_sum('held_out.customers * held_out.month_days * ages.orders_per_day * centred.season_index') }} as with_season
    from held_out
    inner join ages_1 as plain
        on
            held_out.period = plain.period
            and held_out.age_months = plain.age_months
    inner join ages_{{ rounds }} as ages
        on
            held_out.period = ages.period
            and held_out.age_months = ages.age_months
    inner join centred
        on
            held_out.period = centred.period
            and held_out.month_number = centred.month_number
    group by held_out.period, held_out.month_start

),

levelled as (

    select
        *,
        sum(orders) over () / sum(without_season) over () as level_without,
        sum(orders) over () / sum(with_season) over () as level_with
    from foretold
    where orders > 0e0 and without_season > 0e0 and with_season > 0e0

),

errors as (

    select
        {{ round_significant(stable_sum('abs(without_season * level_without - orders)') ~ ' / nullif(sum(orders), 0e0)', 6) }}
            as error_without_season,
        {{ round_significant(stable_sum('abs(with_season * level_with - orders)') ~ ' / nullif(sum(orders), 0e0)', 6) }}
            as error_with_season,
        count(*) as months_held_out
    from levelled

),

final as (

    select
        -- key
        centred.period,
        centred.month_number,

        -- attributes
        centred.known_months,
        errors.months_held_out,

        -- measures
        known.orders,
        centred.season_index,
        errors.error_without_season,
        errors.error_with_season
    from centred
    inner join known
        on
            centred.period = known.period
            and centred.month_number = known.month_number
    cross join errors

)

select * from final
