-- Guards that two pages of the dashboards tell the same number: people who passed a step in session
-- paths are those who entered a funnel that begins with it.
with

nodes as (

    select * from {{ ref('path_nodes') }}
    where path_kind = 'session'

),

first_steps as (

    select * from {{ ref('funnel_steps') }}
    where breakdown = '(all)' and funnel = 'web_checkout' and step = 1

)

select
    first_steps.step_name,
    first_steps.entered,
    nodes.customers
from first_steps
left join nodes on first_steps.step_name = nodes.node
where first_steps.entered != coalesce(nodes.customers, 0)
