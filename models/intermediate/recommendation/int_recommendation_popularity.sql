{#-
  One row per fit, audience (everyone, region, age band, category) and item: its place among the items
  by customers, recent ones counting more. Regions and age bands are of today and serve fit 1 alone.
-#}
with

histories as (

    select * from {{ ref('int_recommendation_histories') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

items as (

    select * from {{ ref('int_recommendation_items') }}

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

weighed as (

    select
        histories.fit,
        histories.item_type,
        histories.customer_number,
        histories.item_number,
        -- as in similarities, without the share for long histories
        cast({{ whole_weight('1e3 * power(0.5e0, histories.last_age_days / rules.similarity_halflife_days)') }} as int) as weight
    from histories
    cross join rules

),

-- 1. everybody's, then each group's own; a category's list is everybody's within it
by_group as (

    select
        weighed.fit,
        weighed.item_type,
        weighed.item_number,
        customers.home_region,
        customers.age_band,
        cast(count(*) as bigint) as customers,
        cast(sum(weighed.weight) as bigint) as popularity
    from weighed
    inner join customers on weighed.customer_number = customers.customer_number
    group by weighed.fit, weighed.item_type, weighed.item_number, customers.home_region, customers.age_band

),

counted as (

    select
        fit,
        item_type,
        'everyone' as audience_kind,
        'everyone' as audience,
        item_number,
        sum(customers) as customers,
        sum(popularity) as popularity
    from by_group
    group by fit, item_type, item_number
    union all
    select
        fit,
        item_type,
        'region' as audience_kind,
        home_region as audience,
        item_number,
        sum(customers) as customers,
        sum(popularity) as popularity
    from by_group
    where fit = 1 and home_region is not null
    group by fit, item_type, home_region, item_number
    union all
    select
        fit,
        item_type,
        'age_band' as audience_kind,
        age_band as audience,
        item_number,
        sum(customers) as customers,
        sum(popularity) as popularity
    from by_group
    where fit = 1 and age_band is not null
    group by fit, item_type, age_band, item_number
    union all
    select
        by_group.fit,
        by_group.item_type,
        'category' as audience_kind,
        items.category as audience,
        by_group.item_number,
        sum(by_group.customers) as customers,
        sum(by_group.popularity) as popularity
    from by_group
    inner join items on by_group.item_number = items.item_number
    where by_group.fit = 1 and by_group.item_type = 'product' and items.category is not null
    group by by_group.fit, by_group.item_type, items.category, by_group.item_number

),

-- 2. a group speaks for itself where it has enough people
people as (

    select
        fit,
        item_type,
        customer_number
    from histories
    group by fit, item_type, customer_number

),

group_sizes as (

    select
        people.fit,
        people.item_type,
        customers.home_region,
        customers.age_band,
        cast(count(*) as bigint) as customers
    from people
    inner join customers on people.customer_number = customers.customer_number
    group by people.fit, people.item_type, customers.home_region, customers.age_band

),

audience_sizes as (

    select
        fit,
        item_type,
        'everyone' as audience_kind,
        'everyone' as audience,
        sum(customers) as people
    from group_sizes
    group by fit, item_type
    union all
    select
        fit,
        item_type,
        'region' as audience_kind,
        home_region as audience,
        sum(customers) as people
    from group_sizes
    where home_region is not null
    group by fit, item_type, home_region
    union all
    select
        fit,
        item_type,
        'age_band' as audience_kind,
        age_band as audience,
        sum(customers) as people
    from group_sizes
    where age_band is not null
    group by fit, item_type, age_band

),

offered as (

    select
        counted.fit,
        counted.item_type,
        counted.audience_kind,
        counted.audience,
        counted.item_number,
        cast(counted.customers as bigint) as customers,
        cast(counted.popularity as bigint) as popularity,
        cast(audience_sizes.people as bigint) as audience_people,
        items.is_adults_only,
        items.plan_rank
    from counted
    cross join rules
    inner join items on counted.item_number = items.item_number
    left join audience_sizes
        on
            counted.fit = audience_sizes.fit
            and counted.item_type = audience_sizes.item_type
            -- a category is judged by everyone
            and case when counted.audience_kind = 'category' then 'everyone' else counted.audience end = audience_sizes.audience
            and case when counted.audience_kind = 'category' then 'everyone' else counted.audience_kind end
            = audience_sizes.audience_kind
    where
        (counted.fit = 0 or items.exclusion is null)
        and (
            counted.audience_kind in ('everyone', 'category')
            or audience_sizes.people >= rules.group_customers
        )

),

final as (

    select
        *,
        cast(row_number() over (
            partition by fit, item_type, audience_kind, audience
            order by popularity desc, item_number asc
        ) as int) as popularity_rank
    from offered

)

select * from final
