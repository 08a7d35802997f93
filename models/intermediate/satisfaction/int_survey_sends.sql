{#-
  One row per metric and period: invitations that were sent, and to how many people. Campaigns are
  invitations by their objective (seed survey_invitations); without such campaigns there are no rows.
-#}
with

touches as (

    select * from {{ ref('stg_marketing__campaign_touches') }}

),

campaigns as (

    select * from {{ ref('stg_marketing__campaigns') }}

),

invitations as (

    select * from {{ ref('survey_invitations') }}

),

sends as (

    select
        touches.touch_id,
        invitations.metric,
        concat(coalesce(touches.source_system, ''), '|', coalesce(touches.account_id, touches.device_id, touches.touch_id)) as person_key,
        {{ local_date('touches.occurred_at') }} as sent_on
    from touches
    inner join campaigns on touches.campaign_id = campaigns.campaign_id
    inner join invitations on campaigns.objective = invitations.campaign_objective
    where touches.touch_type = 'send'

),

final as (

    {%- for period_type in ['day', 'week', 'month', 'all'] %}

    select
        metric,
        '{{ period_type }}' as period_type,
        {{ date_trunc_to(period_type, 'sent_on') if period_type != 'all' else 'min(sent_on)' }} as period_start,
        count(*) as sends,
        count(distinct person_key) as people
    from sends
    group by metric{{ ', ' ~ date_trunc_to(period_type, 'sent_on') if period_type != 'all' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
