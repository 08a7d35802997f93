{#-
  One row per funnel and step, with the settings and the number of its funnel. `required_rank` numbers the steps
  that must be taken; optional steps have none and are looked up afterwards.
-#}
with

funnels as (

    select * from {{ ref('funnels') }}

),

conditions as (

    select * from {{ ref('funnel_conditions') }}

),

steps as (

    select
        funnel,
        step,
        min(step_name) as step_name,
        min(label_en) as label_en,
        min(label_zh) as label_zh,
        max(case when is_optional then 1 else 0 end) = 1 as is_optional,
        max(case when is_strictly_after then 1 else 0 end) = 1 as is_strictly_after,
        max(cast(within_hours as int)) as within_hours
    from conditions
    group by funnel, step

),

final as (

    select
        steps.funnel,
        cast(dense_rank() over (order by steps.funnel) as int) as funnel_number,
        cast(steps.step as int) as step,
        steps.step_name,
        steps.label_en,
        steps.label_zh,
        steps.is_optional,
        steps.is_strictly_after,
        coalesce(steps.within_hours, funnels.window_hours) * 3600e0 as within_seconds,
        funnels.ordering,
        funnels.window_hours * 3600e0 as window_seconds,
        funnels.repeat_entries,
        cast(funnels.interrupted_by as string) as interrupted_by,
        case
            when not steps.is_optional
                then cast(count(case when not steps.is_optional then 1 end) over (
                    partition by steps.funnel
                    order by steps.step
                ) as int)
        end as required_rank,
        cast(count(case when not steps.is_optional then 1 end) over (partition by steps.funnel) as int) as required_steps
    from steps
    inner join funnels on steps.funnel = funnels.funnel

)

select * from final
