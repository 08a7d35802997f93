{#-
  One row per web visit that was exposed to a goal: the person (by number), the number of its level of
  every factor (int_driver_level_numbers), and which steps it got to. Robots are left out.
-#}
{%- set factors = conversion_factors() -%}
{%- set bands = banded_factors() -%}
{%- set talks = "'associate_consultation', 'associate_fitting', 'associate_greeting', 'clienteling_message'" -%}
with

sessions as (

    select * from {{ ref('int_sessions') }}
    where source_table = 'web_events' and not is_bot

),

touchpoints as (

    select * from {{ ref('int_touches_numbered') }}
    where touchpoint_type in ('store_visit', 'order', {{ talks }})

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

calendar as (

    select * from {{ ref('calendar') }}
    where region = '(all)'

),

numbers as (

    select * from {{ ref('int_driver_level_numbers') }}

),

limits as (

    select * from {{ ref('driver_levels') }}

),

-- 1. what had happened to a person by each moment: the newest store visit and talk, times of orders
moments as (

    select
        person_number,
        occurred_at,
        max(case when touchpoint_type = 'store_visit' then occurred_at end) as store_visit_at,
        max(case when touchpoint_type in ({{ talks }}) then occurred_at end) as talk_at,
        max(case when touchpoint_type = 'order' then 1 else 0 end) as has_order
    from touchpoints
    group by person_number, occurred_at

),

histories as (

    select
        person_number,
        occurred_at,
        {%- for name, total in {
            'last_store_visit_at': 'max(store_visit_at)', 'last_talk_at': 'max(talk_at)', 'order_count': 'sum(has_order)',
        }.items() %}
        {{ total }} over (
            partition by person_number
            order by occurred_at asc
            rows between unbounded preceding and current row
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from moments

),

visits as (

    select
        people.person_number,
        {%- for factor, (column, otherwise) in text_factors().items() %}
        coalesce(sessions.{{ column }}, '{{ otherwise }}') as {{ factor }},
        {%- endfor %}
        sessions.page_load_ms_first,
        sessions.product_view_count,
        {%- for step in ['product_view', 'cart', 'checkout', 'payment', 'purchase'] %}
        sessions.{{ step }}_count > 0 as has_{{ step }},
        {%- endfor %}
        sessions.started_at,
        sessions.started_on,
        row_number() over (
            partition by people.person_number
            order by sessions.started_at asc, sessions.session_id asc
        ) - 1 as visits_before
    from sessions
    left join people on coalesce(sessions.customer_id, sessions.identity_key) = people.person_key

),

with_history as (

    {{ as_of_left_join(
        left='visits', right='histories', on=['person_number'], left_time='started_at', right_time='occurred_at',
        columns=['last_store_visit_at', 'last_talk_at', 'order_count'], strict=true
    ) }}

),

-- 2. the bands of each factor side by side, in the order of their limits; they do not overlap
bands as (

    select
        {%- for factor in bands %}
        {%- for name, value in {
            'starts': 'cast(limits.value_from as double)', 'ends': 'cast(coalesce(limits.value_to, 1e300) as double)',
            'numbers': 'numbers.level_no',
        }.items() %}
        {{ ordered_array_agg("case when limits.factor = '" ~ factor ~ "' then " ~ value ~ ' end', 'limits.value_from') }} as {{ factor }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        count(*) as band_count
    from limits
    inner join numbers
        on
            limits.factor = numbers.factor
            and limits.level = numbers.level

),

otherwise as (

    select
        {%- for factor, level in bands.items() %}
        max(case when factor = '{{ factor }}' and level = '{{ level }}' then level_no end) as {{ factor }}_otherwise,
        {%- endfor %}
        max(case when factor = 'promotion' and level = 'promotion' then level_no end) as promotion,
        max(case when factor = 'promotion' and level = 'no promotion' then level_no end) as no_promotion,
        max(case when factor = 'weekend' and level = 'weekend' then level_no end) as weekend,
        max(case when factor = 'weekend' and level = 'weekday' then level_no end) as weekday
    from numbers

),

measured as (

    select
        *,
        cast(page_load_ms_first as double) as page_load_value,
        cast({{ local_hour('started_at') }} as double) as daypart_value,
        cast(product_view_count as double) as products_viewed_value,
        {{ seconds_between('last_store_visit_at', 'started_at') }} / 86400e0 as store_visit_before_value,
        {{ seconds_between('last_talk_at', 'started_at') }} / 86400e0 as associate_before_value,
        cast(visits_before as double) as visits_before_value,
        cast(coalesce(order_count, 0) as double) as orders_before_value
    from with_history
    where has_product_view or has_cart or has_checkout or has_payment

),

placed as (

    select
        measured.*,
        {%- for factor in bands %}
        bands.{{ factor }}_numbers,
        bands.{{ factor }}_ends,
        cast(cardinality({{ filter_array('bands.' ~ factor ~ '_starts', 'band_start', 'band_start <= measured.' ~ factor ~ '_value') }}) as bigint) as {{ factor }}_place{{ ',' if not loop.last }}
        {%- endfor %}
    from measured
    cross join bands

),

final as (

    select
        placed.person_number,
        {%- for factor in factors %}
        {%- if factor in bands %}
        coalesce(case
            when placed.{{ factor }}_place > 0 and placed.{{ factor }}_value < {{ array_get('placed.' ~ factor ~ '_ends', 'placed.' ~ factor ~ '_place') }}
                then {{ array_get('placed.' ~ factor ~ '_numbers', 'placed.' ~ factor ~ '_place') }}
        end, otherwise.{{ factor }}_otherwise) as {{ factor }},
        {%- elif factor == 'promotion' %}
        case when calendar.has_promotion then otherwise.promotion else otherwise.no_promotion end as promotion,
        {%- elif factor == 'weekend' %}
        case when {{ iso_day_of_week('placed.started_on') }} >= 6 then otherwise.weekend else otherwise.weekday end as weekend,
        {%- else %}
        {{ factor }}_numbers.level_no as {{ factor }},
        {%- endif %}
        {%- endfor %}
        placed.has_product_view,
        placed.has_cart,
        placed.has_checkout,
        placed.has_payment,
        placed.has_purchase
    from placed
    cross join otherwise
    left join calendar on placed.started_on = calendar.date
    {%- for factor in text_factors() %}
    inner join numbers as {{ factor }}_numbers
        on {{ factor }}_numbers.factor = '{{ factor }}' and placed.{{ factor }} = {{ factor }}_numbers.level
    {%- endfor %}

)

select * from final
