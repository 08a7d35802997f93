{#- Most required steps that a funnel may have; the step columns of the marts follow it. -#}
{%- macro funnel_max_steps() -%}
    {{- return(8) -}}
{%- endmacro -%}

{#-
  CTEs chain_1 … chain_n of an ordered funnel: chain_k holds, for every moment at which a person can
  complete step k, the chain that began latest, with the time of each step. The latest start is
  never earlier for a later moment, so the newest chain before an event is the best one to extend,
  for the window and for the limit of the single step alike. Two events of a step at one moment give
  the same chain twice. No comma after the last.
    events   CTE: funnel_number, person_number, required_rank, moment, occurred_at, compare_moment (up to which
             the previous step must lie), window_seconds, within_seconds, repeat_entries
-#}
{%- macro ordered_chains(events, steps) -%}
    {%- for rank in range(1, steps + 1) %}
{%- if rank == 1 %}
chain_1 as (

    select
        funnel_number,
        person_number,
        repeat_entries,
        moment,
        occurred_at as at_1
    from {{ events }}
    where required_rank = 1

),
{%- else %}
step_{{ rank }}_events as (

    select * from {{ events }}
    where required_rank = {{ rank }}

),

step_{{ rank }}_candidates as (

    {{ as_of_left_join(
        left='step_' ~ rank ~ '_events', right='chain_' ~ (rank - 1), on=['funnel_number', 'person_number'],
        left_time='compare_moment', right_time='moment', columns=funnel_times(rank)
    ) }}

),

chain_{{ rank }} as (

    select
        funnel_number,
        person_number,
        repeat_entries,
        moment,
        {%- for earlier in range(1, rank) %}
        at_{{ earlier }},
        {%- endfor %}
        occurred_at as at_{{ rank }}
    from step_{{ rank }}_candidates
    where
        {{ seconds_between('at_1', 'occurred_at') }} <= window_seconds
        and {{ seconds_between('at_' ~ (rank - 1), 'occurred_at') }} <= within_seconds

){{ ',' if not loop.last }}
{%- endif %}
    {% endfor -%}
{%- endmacro -%}

{#-
  CTEs strict_1 … strict_n of a funnel without detours: as ordered_chains, each step directly after the one before.
    events   CTE: funnel_number, person_number, required_rank, moment, occurred_at, turn (the place among the
             touchpoints that could interrupt), window_seconds, within_seconds, repeat_entries
-#}
{%- macro strict_chains(events, steps) -%}
    {%- for rank in range(1, steps + 1) %}
strict_{{ rank }} as (

    select
        step_events.funnel_number,
        step_events.person_number,
        step_events.repeat_entries,
        step_events.moment,
        step_events.turn,
        {%- for earlier in range(1, rank) %}
        before.at_{{ earlier }},
        {%- endfor %}
        step_events.occurred_at as at_{{ rank }}
    from {{ events }} as step_events
    {%- if rank > 1 %}
    inner join strict_{{ rank - 1 }} as before
        on
            step_events.funnel_number = before.funnel_number
            and step_events.person_number = before.person_number
            and step_events.turn = before.turn + 1
            and {{ seconds_between('before.at_1', 'step_events.occurred_at') }} <= step_events.window_seconds
            and {{ seconds_between('before.at_' ~ (rank - 1), 'step_events.occurred_at') }} <= step_events.within_seconds
    {%- endif %}
    where step_events.required_rank = {{ rank }}

){{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro -%}

{#- Columns that the chain before step `rank` passes on. -#}
{%- macro funnel_times(rank) -%}
    {%- set columns = [] -%}
    {%- for earlier in range(1, rank) -%}
        {%- do columns.append('at_' ~ earlier) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro -%}

{#-
  The chains that attempts are made of, of each number of steps: funnel_number, person_number, depth, moment, ended_at,
  last_start_at, at_1 … at_n.
    group_moment    groups the chains of a person: by moment all stay, by null the first one and the latest start
    step_aggregate  the time of an earlier step (*) in such a group
-#}
{%- macro chains_by_depth(prefix, steps, group_moment, step_aggregate) -%}
    {%- for rank in range(1, steps + 1) %}
    select
        funnel_number,
        person_number,
        {{ rank }} as depth,
        min(moment) as moment,
        min(at_{{ rank }}) as ended_at,
        max(at_1) as last_start_at,
        {%- for step in range(1, steps + 1) %}
        {% if step == rank -%} min(at_{{ step }})
        {%- elif step < rank -%} {{ step_aggregate | replace('*', 'at_' ~ step) }}
        {%- else -%} cast(null as timestamp)
        {%- endif %} as at_{{ step }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ prefix }}_{{ rank }}
    group by funnel_number, person_number, {{ group_moment }}
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- A sum over the steps of a funnel: how many of the times last_1 … last_n lie within the window before occurred_at. -#}
{%- macro steps_in_window(steps) -%}
    {%- for rank in range(1, steps + 1) -%}
        {{ steps_last_seen(rank, 1, 0) }}{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- One value where step `rank` was last seen within the window before occurred_at, another where not. -#}
{%- macro steps_last_seen(rank, seen, unseen) -%}
    case when {{ seconds_between('last_' ~ rank, 'occurred_at') }} <= window_seconds then {{ seen }} else {{ unseen }} end
{%- endmacro -%}
