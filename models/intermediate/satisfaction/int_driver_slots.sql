{#-
  One row per metric and driver in use (seed satisfaction_drivers_used): the slot of the driver in
  the regression of the metric, 1 to 12. Drivers beyond the twelfth are left out; a test says so.
-#}
with

drivers as (

    select * from {{ ref('satisfaction_drivers_used') }}

),

by_metric as (

    {%- for metric in ['nps', 'csat', 'ces', 'review'] %}

    select
        '{{ metric }}' as metric,
        driver,
        cap_at,
        when_unknown
    from drivers
    where in_{{ metric }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

numbered as (

    select
        metric,
        driver,
        cast(cap_at as double) as cap_at,
        when_unknown,
        cast(row_number() over (partition by metric order by driver) as int) as slot
    from by_metric

),

final as (

    select * from numbered
    where slot <= 12

)

select * from final
