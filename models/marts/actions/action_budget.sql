{#- One row per limit of a day's contacts (the budget, channels, actions): how much of it is used, and what one more unit would earn. -#}
with

limits as (

    select * from {{ ref('int_action_limits') }}

),

prices as (

    select * from {{ ref('int_action_prices') }}

),

next_actions as (

    select * from {{ ref('customer_next_actions') }}
    where action != 'do_nothing' and not is_holdout

),

rates as (

    select * from {{ ref('int_action_exploration_rate') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. what is drawn on each limit: money of the budget, contacts of the others
used as (

    select
        limits.limit_kind,
        limits.limit_name,
        count(*) as contact_count,
        sum(case when limits.limit_kind = 'budget' then next_actions.cost else cast(1 as decimal(18, 4)) end) as used,
        sum(case
            when not next_actions.is_exploration then cast(0 as decimal(18, 4))
            when limits.limit_kind = 'budget' then next_actions.cost
            else cast(1 as decimal(18, 4))
        end) as explored
    from limits
    inner join next_actions
        on
            limits.limit_kind = 'budget'
            or limits.limit_kind = 'channel' and limits.limit_name = next_actions.channel
            or limits.limit_kind = 'action' and limits.limit_name = next_actions.action
    group by limits.limit_kind, limits.limit_name

),

judged as (

    select
        limits.limit_kind,
        limits.limit_name,
        cast({{ to_decimal('limits.capacity', 4) }} as decimal(18, 4)) as capacity,
        cast(coalesce(used.used, 0) as decimal(18, 4)) as used,
        cast(coalesce(used.explored, 0) as decimal(18, 4)) as explored,
        coalesce(used.contact_count, 0) as contacts,
        coalesce({{ round_significant('prices.tried_price', 3) }}, 0e0) as price,
        rates.exploration_share,
        reference_date.as_of
    from limits
    cross join rates
    left join reference_date on 1 = 1
    left join prices on limits.limit_kind = prices.limit_kind and limits.limit_name = prices.limit_name
    left join used on limits.limit_kind = used.limit_kind and limits.limit_name = used.limit_name

),

worded as (

    select
        *,
        {{ as_text(to_decimal('price', 4)) }} as price_text,
        case limit_kind
            when 'budget' then {{ as_text('used') }}
            else {{ as_text('cast(used as bigint)') }}
        end as used_text
    from judged

),

final as (

    select
        -- key
        limit_kind,
        limit_name,

        -- attributes
        case limit_kind when 'budget' then {{ text_literal(var("base_currency")) }} else 'contacts' end as unit,
        price > 0 as is_binding,
        case
            when capacity is null then concat('no limit is set; used: ', used_text)
            when price > 0 then concat('used up: one more unit would earn ', price_text, ' ', {{ text_literal(var("base_currency")) }}, ' net')
            when contacts = 0 then 'nobody is to be contacted within it: one more unit would earn nothing'
            when used >= capacity then 'used up exactly: one more unit would earn nothing'
            else concat('not used up (', used_text, '): one more unit would earn nothing')
        end as reason,
        case
            when capacity is null then concat('未设上限；已用：', used_text)
            when price > 0 then concat('已用尽：每增加一单位预计净收益 ', price_text, ' ', {{ text_literal(var("base_currency")) }})
            when contacts = 0 then '没有需要触达的客户：增加额度没有收益'
            when used >= capacity then '恰好用尽：再增加一单位没有收益'
            else concat('未用尽（', used_text, '）：增加额度没有收益')
        end as reason_zh,

        -- measures
        capacity,
        used,
        explored,
        contacts,
        price,
        exploration_share,

        -- times
        as_of
    from worded

)

select * from final
