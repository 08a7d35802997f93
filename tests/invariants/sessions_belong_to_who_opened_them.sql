-- Guards that there is one rule for whose a visit is: it is the person's of the touchpoint that opened
-- it. Otherwise paths, drivers and attribution would count a visit for one person and funnels for another.
select
    sessions.session_id,
    sessions.customer_id,
    touchpoints.customer_id as opened_by
from {{ ref('int_sessions') }} as sessions
left join {{ ref('int_touchpoints') }} as touchpoints on sessions.session_id = touchpoints.touchpoint_id
where
    touchpoints.touchpoint_id is null
    or coalesce(sessions.customer_id, sessions.identity_key, '(nobody)')
    != coalesce(touchpoints.customer_id, touchpoints.identity_key, '(nobody)')
