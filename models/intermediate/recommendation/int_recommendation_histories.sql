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

counted as (

    select
        *,
        cast(count(*) over (partition by fit, item_type, customer_number) as int) as item_count
    from known

),

-- the newest items of each count, so that one customer's history cannot grow without bound
long_histories as (

    select
        counted.fit,
        counted.customer_number,
        counted.item_number,
        rules.items_per_customer,
        row_number() over (
            partition by counted.fit, counted.item_type, counted.customer_number
            order by counted.last_age_days asc, counted.day_count desc, counted.item_number asc
        ) as recency_rank
    from counted
    cross join rules
    where counted.item_count > rules.items_per_customer

),

beyond as (

    select
        fit,
        customer_number,
        item_number
    from long_histories
    where recency_rank > items_per_customer

),

final as (

    select
        -- key
        counted.fit,
        counted.item_type,
        counted.customer_number,
        counted.item_number,

        -- measures
        counted.day_count,
        counted.first_age_days,
        counted.last_age_days,
        counted.item_count,
        beyond.item_number is null as is_counted,
        -- people with long histories say less about each of their pairs
        cast({{ whole_weight(
            '1e3 * power(0.5e0, counted.last_age_days / rules.similarity_halflife_days)'
            ~ ' / sqrt(ln(1e0 + least(counted.item_count, rules.items_per_customer)) / ln(2e0))'
        ) }} as int) as teaching_weight,
        cast({{ whole_weight('1e3 * power(0.5e0, counted.last_age_days / rules.profile_halflife_days)') }} as int) as taste_weight
    from counted
    cross join rules
    left join beyond
        on
            counted.fit = beyond.fit
            and counted.customer_number = beyond.customer_number
            and counted.item_number = beyond.item_number

)

select * from final
