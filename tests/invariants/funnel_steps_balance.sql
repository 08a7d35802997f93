-- Guards that nobody is lost or counted twice in a funnel: who entered a step has moved on, dropped
-- or still has time; who moved on from a required step entered the next; and the values of a
-- breakdown add up to the whole.
with

steps as (

    select * from {{ ref('funnel_steps') }}

),

unbalanced as (

    select
        funnel,
        breakdown,
        breakdown_value,
        step,
        'entered = converted + dropped + still_open' as promise
    from steps
    where entered != converted + dropped + still_open or dropped < 0 or still_open < 0

),

required as (

    select
        *,
        lead(entered) over (
            partition by funnel, breakdown, breakdown_value
            order by step asc
        ) as entered_next
    from steps
    where not is_optional

),

not_handed_on as (

    select
        funnel,
        breakdown,
        breakdown_value,
        step,
        'converted = entered of the next required step' as promise
    from required
    where not is_last_step and converted != coalesce(entered_next, 0)

),

not_adding_up as (

    select
        whole.funnel,
        parts.breakdown,
        '(sum)' as breakdown_value,
        whole.step,
        'values of a breakdown add up' as promise
    from steps as whole
    inner join steps as parts
        on
            whole.funnel = parts.funnel
            and whole.step = parts.step
            and parts.breakdown != '(all)'
    where whole.breakdown = '(all)'
    group by whole.funnel, parts.breakdown, whole.step, whole.entered, whole.converted, whole.still_open
    having
        whole.entered != sum(parts.entered)
        or whole.converted != sum(parts.converted)
        or whole.still_open != sum(parts.still_open)

)

select * from unbalanced
union all
select * from not_handed_on
union all
select * from not_adding_up
