{#-
  One row per dimension and value (`all`, time to resolution, topic, contact channel): do people who
  complained about an order buy again, against comparable orders without a complaint?
-#}
{%- set dimensions = ['all', 'resolution_time', 'topic', 'channel'] -%}
with

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

outcomes as (

    select * from {{ ref('int_complaint_outcomes') }}

),

matured as (

    select
        '(all)' as all_value,
        case
            when tickets.is_open or tickets.resolution_seconds is null then 'not resolved'
            when tickets.resolution_seconds <= 86400 then 'within 1 day'
            when tickets.resolution_seconds <= 3 * 86400 then 'within 3 days'
            else 'longer'
        end as resolution_time_value,
        tickets.topic as topic_value,
        tickets.channel as channel_value,
        outcomes.has_repurchased_90d,
        outcomes.would_have_repurchased_share as expected_share
    from outcomes
    inner join tickets on outcomes.ticket_id = tickets.ticket_id
    where outcomes.has_repurchased_90d is not null

),

counted as (

    {%- for dimension in dimensions %}

    select
        '{{ dimension }}' as dimension,
        {{ dimension }}_value as dimension_value,
        count(*) as complaints,
        count(case when has_repurchased_90d then 1 end) as repurchases,
        round(sum(expected_share), 9) as expected_repurchases,
        round(sum(expected_share * (1e0 - expected_share)), 9) as expected_variance
    from matured
    group by {{ dimension }}_value
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

compared as (

    select
        *,
        (repurchases - expected_repurchases) / nullif(sqrt(expected_variance), 0e0) as effect_z
    from counted

),

with_p as (

    select
        *,
        {{ two_sided_p('effect_z') }} as p_value
    from compared

),

tested as (

    {{ benjamini_hochberg('with_p', 'p_value', ['dimension']) }}

),

final as (

    select
        -- key
        dimension,
        dimension_value,

        -- measures
        complaints,
        repurchases,
        {{ safe_divide('repurchases', 'complaints') }} as repurchase_rate_90d,
        {{ wilson_low('repurchases', 'complaints') }} as repurchase_rate_90d_low,
        {{ wilson_high('repurchases', 'complaints') }} as repurchase_rate_90d_high,
        {{ safe_divide('expected_repurchases', 'complaints') }} as expected_repurchase_rate_90d,
        {{ safe_divide('repurchases - expected_repurchases', 'complaints') }} as repurchase_effect_90d,
        {{ wilson_low('repurchases', 'complaints') }}
        - {{ safe_divide('expected_repurchases', 'complaints') }} as ci_low,
        {{ wilson_high('repurchases', 'complaints') }}
        - {{ safe_divide('expected_repurchases', 'complaints') }} as ci_high,
        p_value,
        q_value,
        complaints < {{ var('small_sample_under') | int }} as is_small_sample
    from tested

)

select * from final
