{#-
  One row per fit, customer and item of their history: on how many days, how long ago, and the weights
  in what people teach and in what suits them. Nothing after `known_until` of the fit is in it.
-#}
with

days as (

    select * from {{ ref('int_recommendation_days') }}

),

fits as (

    select * from {{ ref('int_recommendation_fits') }}

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

known as (

    select
        fits.fit,
        days.item_type,
        days.customer_number,
        days.item_number,
        cast(count(*) as int) as day_count,
        cast({{ days_between('min(days.happened_on)', 'fits.known_until') }} as int) as first_age_days,
        cast({{ days_between('max(days.happened_on)', 'fits.known_until') }} as int) as last_age_days
    from days
    inner join fits on days.item_type = fits.item_type and days.happened_on < fits.known_until
    group by fits.fit, days.item_type, days.customer_number, days.item_number, fits.known_until

),

-- the newest items of each, so that one customer's history cannot grow without bound
ranked as (

    select
        *,
        cast(row_number() over (
            partition by fit, item_type, customer_number
            order by last_age_days asc, day_count desc, item_number asc
        ) as int) as recency_rank,
        cast(count(*) over (partition by fit, item_type, customer_number) as int) as item_count
    from known

),

final as (

    select
        -- key
        ranked.fit,
        ranked.item_type,
        ranked.customer_number,
        ranked.item_number,

        -- measures
        ranked.day_count,
        ranked.first_age_days,
        ranked.last_age_days,
        ranked.recency_rank,
        ranked.item_count,
        ranked.recency_rank <= rules.items_per_customer as is_counted,
        -- people with long histories say less about each of their pairs
        cast({{ whole_weight(
            '1e3 * power(0.5e0, ranked.last_age_days / rules.similarity_halflife_days)'
            ~ ' / sqrt(ln(1e0 + least(ranked.item_count, rules.items_per_customer)) / ln(2e0))'
        ) }} as int) as teaching_weight,
        cast({{ whole_weight('1e3 * power(0.5e0, ranked.last_age_days / rules.profile_halflife_days)') }} as int) as taste_weight
    from ranked
    cross join rules

)

select * from final
