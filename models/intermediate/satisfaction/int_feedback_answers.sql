{#-
  One row per scored answer (NPS, CSAT, CES) and per review: who answered, about what, and which
  side of the scale the answer falls on. No text.
-#}
with

surveys as (

    select * from {{ ref('stg_feedback__survey_responses') }}

),

reviews as (

    select * from {{ ref('stg_feedback__reviews') }}

),

metrics as (

    select * from {{ ref('feedback_metrics') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

tickets as (

    select * from {{ ref('stg_feedback__service_tickets') }}

),

orders as (

    select * from {{ ref('orders') }}

),

order_categories as (

    select * from {{ ref('int_order_main_category') }}

),

customers as (

    select * from {{ ref('customers') }}

),

stores as (

    select * from {{ ref('stores') }}

),

products as (

    select * from {{ ref('products') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

-- 1. surveys and reviews under one head
answers as (

    select
        concat('survey:', response_id) as answer_id,
        'survey_responses' as source_table,
        survey_type as metric,
        cast(score as double) as score,
        responded_at as answered_at,
        source_system,
        account_id,
        order_id,
        ticket_id,
        cast(null as string) as product_id,
        store_id,
        channel
    from surveys
    where survey_type != 'research' and score is not null

    union all

    select
        concat('review:', review_id) as answer_id,
        'reviews' as source_table,
        'review' as metric,
        cast(rating as double) as score,
        reviewed_at as answered_at,
        source_system,
        account_id,
        order_id,
        cast(null as string) as ticket_id,
        product_id,
        cast(null as string) as store_id,
        cast(null as string) as channel
    from reviews

),

with_system as (

    select
        answers.*,
        coalesce(answers.source_system, unique_ids.source_system) as owner_system,
        coalesce(answers.order_id, tickets.order_id) as about_order_id
    from answers
    left join unique_ids on answers.account_id = unique_ids.account_id
    left join tickets on answers.ticket_id = tickets.ticket_id

),

-- 2. the person: by account, else by the order that the answer is about
with_context as (

    select
        with_system.*,
        coalesce(accounts.customer_id, orders.customer_id) as customer_id,
        orders.channel as order_channel,
        coalesce(with_system.store_id, orders.store_id) as about_store_id,
        coalesce(products.category, order_categories.category) as category
    from with_system
    left join accounts
        on
            with_system.owner_system = accounts.source_system
            and with_system.account_id = accounts.account_id
    left join orders on with_system.about_order_id = orders.order_id
    left join order_categories on with_system.about_order_id = order_categories.order_id
    left join products on with_system.product_id = products.product_id

),

classed as (

    select
        -- key
        with_context.answer_id,

        -- attributes
        with_context.source_table,
        with_context.metric,
        with_context.customer_id,
        concat(
            coalesce(with_context.customer_id, with_context.answer_id),
            case
                when metrics.counted_once_per = 'ticket'
                    then concat('|', coalesce(with_context.ticket_id, with_context.about_order_id, ''))
                when metrics.counted_once_per = 'product'
                    then concat('|', coalesce(with_context.product_id, with_context.about_order_id, ''))
                else ''
            end
        ) as counted_key,
        with_context.about_order_id as order_id,
        with_context.ticket_id,
        with_context.product_id,
        coalesce(with_context.about_store_id, '(none)') as store_id,
        coalesce(with_context.channel, with_context.order_channel, '(unknown)') as channel,
        coalesce(stores.region, customers.home_region, '(unknown)') as region,
        coalesce(with_context.category, '(unknown)') as category,
        coalesce(segments.segment, '(none)') as segment,
        case
            when with_context.score >= metrics.promoter_from then 'promoter'
            when with_context.score <= metrics.detractor_to then 'detractor'
            else 'passive'
        end as score_class,

        -- measures
        with_context.score,
        (with_context.score - metrics.scale_min)
        / cast(metrics.scale_max - metrics.scale_min as double) as score_share,

        -- times
        with_context.answered_at,
        {{ local_date('with_context.answered_at') }} as answered_on
    from with_context
    inner join metrics on with_context.metric = metrics.metric
    left join stores on with_context.about_store_id = stores.store_id
    left join customers on with_context.customer_id = customers.customer_id
    left join segments on with_context.customer_id = segments.customer_id

),

-- 3. of several answers of a person (ticket, product) in a month the newest counts
final as (

    select
        *,
        {%- if var('survey_answers_counted') == 'latest' %}
        row_number() over (
            partition by metric, {{ date_trunc_to('month', 'answered_on') }}, counted_key
            order by answered_at desc, answer_id desc
        ) = 1 as is_counted_in_month
        {%- else %}
        true as is_counted_in_month
        {%- endif %}
    from classed

)

select * from final
