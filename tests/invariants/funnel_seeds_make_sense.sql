{#- reads private models of the behaviour domain -#}
{{ config(group='behaviour') }}
-- Guards the funnels that a marketer edits: known ordering, steps numbered without a gap, first and
-- last step required, optional steps only in ordered funnels, no more steps than the marts show.
with

steps as (

    select * from {{ ref('int_funnel_steps') }}

),

per_funnel as (

    select
        funnel,
        max(ordering) as ordering,
        min(step) as first_step,
        max(step) as last_step,
        count(*) as step_count,
        max(case when is_optional then 1 else 0 end) as has_optional,
        max(case when is_optional and step = 1 then 1 else 0 end) as has_optional_first
    from steps
    group by funnel

),

last_steps as (

    select
        funnel,
        max_by(is_optional, step) as has_optional_last
    from steps
    group by funnel

)

select per_funnel.*
from per_funnel
inner join last_steps on per_funnel.funnel = last_steps.funnel
where
    per_funnel.ordering not in ('ordered', 'strict_order', 'any')
    or per_funnel.first_step != 1
    or per_funnel.last_step != per_funnel.step_count
    or per_funnel.step_count > {{ funnel_max_steps() }}
    or per_funnel.has_optional_first = 1
    or last_steps.has_optional_last
    or (per_funnel.has_optional = 1 and per_funnel.ordering != 'ordered')
