-- Guards that sessions divide the web events among them: each event lies in one session, inside its
-- times, and the sessions count as many events as there are.
with

per_session as (

    select
        session_id,
        count(*) as event_count,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from {{ ref('touchpoints') }}
    where source_table = 'web_events'
    group by session_id

)

select
    coalesce(per_session.session_id, sessions.session_id) as session_id,
    per_session.event_count,
    sessions.event_count as session_event_count
from per_session
full outer join {{ ref('sessions') }} as sessions on per_session.session_id = sessions.session_id
where
    coalesce(sessions.source_table, 'web_events') = 'web_events'
    and (
        per_session.session_id is null
        or sessions.session_id is null
        or per_session.event_count != sessions.event_count
        or per_session.first_at != sessions.started_at
        or per_session.last_at != sessions.ended_at
    )
