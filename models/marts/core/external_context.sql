{#- One row per indicator, period and region, with its change against the period before and the year before. -#}
with

indicators as (

    select
        *,
        coalesce(region, '(all)') as region_name
    from {{ ref('stg_external__indicators') }}

),

with_previous as (

    select
        *,
        lag(value) over (
            partition by indicator, region_name
            order by period_start
        ) as previous_value
    from indicators

),

final as (

    select
        -- key
        with_previous.indicator,
        with_previous.period_start,
        with_previous.region_name as region,

        -- attributes
        with_previous.indicator_type,
        with_previous.category,
        with_previous.source,

        -- measures
        with_previous.value,
        {{ safe_divide('with_previous.value', 'with_previous.previous_value') }} - 1e0 as change_vs_previous,
        {{ safe_divide('with_previous.value', 'year_before.value') }} - 1e0 as change_vs_year
    from with_previous
    left join indicators as year_before
        on
            with_previous.indicator = year_before.indicator
            and with_previous.region_name = year_before.region_name
            and {{ add_months_to('with_previous.period_start', -12) }} = year_before.period_start

)

select * from final
