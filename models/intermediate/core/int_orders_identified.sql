{#- One row per accepted order that is not cancelled, with the account or guest who placed it and its money in base currency. -#}
with

orders as (

    select * from {{ ref('stg_commerce__orders') }}

),

final as (

    select
        order_id,
        case
            when account_id is not null then {{ account_key() }}
            else guest_key
        end as account_key,
        source_system,
        account_id,
        channel,
        status,
        store_id,
        campaign_id,
        coupon_code,
        associate_id,
        device_id,
        is_erased,
        currency,
        rate_to_base,
        {{ to_base('net_amount') }} as net_amount,
        {{ to_base('gross_amount') }} as gross_amount,
        {{ to_base('discount_amount') }} as discount_amount,
        {{ to_base('shipping_amount') }} as shipping_amount,
        {{ to_base('tax_amount') }} as tax_amount,
        ordered_at,
        {{ local_date('ordered_at') }} as ordered_on,
        shipped_at,
        promised_at,
        delivered_at
    from orders
    where status != 'cancelled'

)

select * from final
