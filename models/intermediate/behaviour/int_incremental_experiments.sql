{#-
  One row per action with a holdout and channel that its log names: orders that a contact of the channel added by the lot (Wald: what the
  lot changed in orders, over what it changed in contacts), its standard error (delta method), how strongly the lot
  moves the contacts (first stage), and whether that may be believed.
-#}
with

lots as (

    select * from {{ ref('int_incremental_lots') }}

),

assigned as (

    select * from {{ ref('int_incremental_assigned') }}

),

performance as (

    select * from {{ ref('action_performance') }}
    where period = 'all' and segment = 'all'

),

-- 1. the channels that an action is done by
channels as (

    select
        action,
        channel
    from assigned
    where channel is not null
    group by action, channel

),

named as (

    select
        *,
        count(*) over (partition by action) as channel_count
    from channels

),

-- 2. means and their variances
totals as (

    select
        action,
        channel,
        is_treated,
        sum(people) as people,
        {{ stable_sum('order_count') }} as order_count
        {%- for term in ['y', 'x', 'yy', 'xy', 'xx'] %},
        {{ stable_sum(term) }} as {{ term }}
        {%- endfor %}
    from lots
    group by action, channel, is_treated

),

groups as (

    select
        *
        {%- for term, first, second in [('yy', 'y', 'y'), ('xy', 'x', 'y'), ('xx', 'x', 'x')] %},
        {{ centred_sum(term, first, second, 'people') }} / nullif((people - 1e0) * people, 0e0) as {{ term }}_variance
        {%- endfor %}
    from totals

),

differences as (

    select
        action,
        channel,
        sum(case when is_treated then people else 0e0 end) as treated,
        sum(case when is_treated then 0e0 else people end) as holdout,
        sum(order_count) as order_count,
        sum(case when is_treated then 1e0 else -1e0 end * y / people) as more_orders,
        sum(case when is_treated then 1e0 else -1e0 end * x / people) as more_contacts,
        sum(yy_variance) as yy_variance,
        sum(xy_variance) as xy_variance,
        sum(xx_variance) as xx_variance
    from groups
    group by action, channel

),

-- 3. the lot may decide all contacts, so that they do not vary within the groups
staged as (

    select
        *,
        case
            when abs(more_contacts) < 1e-9 then 0e0
            else least(1e6, coalesce({{ safe_divide('more_contacts * more_contacts', 'round(xx_variance, 12)') }}, 1e6))
        end as first_stage_f,
        {{ safe_divide('more_orders', 'more_contacts') }} as orders_per_contact
    from differences

),

-- 4. an action that moves other channels beyond chance, too, and by a tenth of its own, tells of none of them
moved as (

    select
        named.action,
        named.channel,
        max(case
            when others.first_stage_f >= {{ incremental_first_stage() }} and abs(others.more_contacts) >= 0.1e0 * abs(coalesce(staged.more_contacts, 0e0)) then 1
            else 0
        end) = 1 as moves_others
    from named
    inner join staged as others
        on
            named.action = others.action
            and named.channel != others.channel
    left join staged
        on
            named.action = staged.action
            and named.channel = staged.channel
    group by named.action, named.channel

),

joined as (

    select
        named.action,
        named.channel,
        performance.measurement,
        performance.orders_verdict = 'doubtful' as is_doubtful,
        performance.has_interference,
        performance.is_small_sample or staged.order_count < 20e0 as is_small,
        named.channel_count > 1 or coalesce(moved.moves_others, false) as has_other_channels,
        coalesce(staged.treated, 0e0) as treated,
        coalesce(staged.holdout, 0e0) as holdout,
        coalesce(staged.more_contacts, 0e0) as more_contacts,
        coalesce(staged.first_stage_f, 0e0) as first_stage_f,
        staged.orders_per_contact,
        sqrt(greatest(0e0, staged.yy_variance - 2e0 * staged.orders_per_contact * staged.xy_variance
            + staged.orders_per_contact * staged.orders_per_contact * staged.xx_variance)) / abs(nullif(staged.more_contacts, 0e0)) as standard_error
    from named
    inner join performance on named.action = performance.action
    left join moved
        on
            named.action = moved.action
            and named.channel = moved.channel
    left join staged
        on
            named.action = staged.action
            and named.channel = staged.channel

),

final as (

    select
        action,
        channel,
        case
            when measurement in ('no_holdout', 'nobody_treated') then 'no_holdout'
            when measurement != 'measured' or coalesce(is_small, false) then 'too_few'
            when is_doubtful then 'doubtful'
            when first_stage_f < {{ incremental_first_stage() }} or more_contacts <= 0e0 then 'no_contacts'
            when has_other_channels then 'other_channels'
            when has_interference then 'interference'
            else 'usable'
        end as finding,
        cast(treated as bigint) as treated,
        cast(holdout as bigint) as holdout,
        {{ round_significant('more_contacts') }} as more_contacts,
        {{ round_significant('first_stage_f') }} as first_stage_f,
        {{ round_significant('orders_per_contact') }} as orders_per_contact,
        {{ round_significant('standard_error') }} as standard_error
    from joined

)

select * from final
