{#-
  One row: how many orders the next 30 days, and the 60 days after them, bring against an average stretch of
  the year; 1 where no season is used.
-#}
with

seasons as (

    select * from {{ ref('order_seasonality') }}
    where is_used

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

final as (

    select
        coalesce({{ stable_avg('case when day_list.day_number < 30 then seasons.season_index end') }}, 1e0) as season_30d,
        coalesce({{ stable_avg('case when day_list.day_number >= 30 then seasons.season_index end') }}, 1e0) as season_60d
    from reference_date
    cross join {{ number_series(0, 89, 'day_number') }} as day_list
    left join seasons
        on month({{ add_days('reference_date.as_of', 'day_list.day_number') }}) = seasons.month_number

)

select * from final
