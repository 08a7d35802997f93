{{ config(group='satisfaction') }}
{#- Guards that an edited seed cannot drop a driver in silence: a metric regresses on at most twelve, and every name is one that the model computes. -#}
with

wanted as (

    {%- for metric in ['nps', 'csat', 'ces', 'review'] %}

    select
        '{{ metric }}' as metric,
        driver
    from {{ ref('satisfaction_drivers_used') }}
    where in_{{ metric }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    wanted.metric,
    wanted.driver
from wanted
left join {{ ref('int_driver_slots') }} as slots
    on
        wanted.metric = slots.metric
        and wanted.driver = slots.driver
where
    slots.slot is null
    or wanted.driver not in (
        'delivery_delay', 'resolution_time', 'first_response_time', 'reopened', 'complaint',
        'waiting_time', 'return_time', 'page_load', 'discount_share', 'order_value',
        'associate_contact', 'store_channel', 'category_level', 'product_level'
    )
