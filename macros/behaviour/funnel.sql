{#- Most required steps that a funnel may have; the step columns of the marts follow it. -#}
{%- macro funnel_max_steps() -%}
    {{- return(8) -}}
{%- endmacro -%}

{#-
  CTEs chain_1 … chain_n of an ordered funnel: chain_k holds, for every moment at which a person can
  complete step k, the chain that began latest, with the time of each step. The latest start is
  never earlier for a later moment, so the newest chain before an event is the best one to extend,
  for the window and for the limit of the single step alike. No comma after the last.
    events   CTE: funnel_number, person_number, required_rank, occurred_at, compare_at (the moment before which
             the previous step must lie), window_seconds, within_seconds; unique by funnel, person,
             rank and occurred_at
-#}
{%- macro ordered_chains(events, steps) -%}
    {%- for rank in range(1, steps + 1) %}
{%- if rank == 1 %}
chain_1 as (

    select
        funnel_number,
        person_number,
        occurred_at as ended_at,
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
        left_time='compare_at', right_time='ended_at',
        columns=funnel_times(rank)
    ) }}

),

chain_{{ rank }} as (

    select
        funnel_number,
        person_number,
        occurred_at as ended_at,
        {%- for earlier in range(1, rank) %}
        at_{{ earlier }},
        {%- endfor %}
        occurred_at as at_{{ rank }}
    from step_{{ rank }}_candidates
    where
        previous_at is not null
        and {{ seconds_between('at_1', 'occurred_at') }} <= window_seconds
        and {{ seconds_between('previous_at', 'occurred_at') }} <= within_seconds

){{ ',' if not loop.last }}
{%- endif %}
    {% endfor -%}
{%- endmacro -%}

{#- Columns that the chain before step `rank` passes on. -#}
{%- macro funnel_times(rank) -%}
    {%- set columns = {'ended_at': 'previous_at'} -%}
    {%- for earlier in range(1, rank) -%}
        {%- do columns.update({'at_' ~ earlier: 'at_' ~ earlier}) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro -%}

{#- All chains of one way of ordering in one shape: funnel_number, person_number, depth, ended_at, at_1 … at_n. -#}
{%- macro union_of_chains(prefix, steps) -%}
    {%- for rank in range(1, steps + 1) %}
    select
        funnel_number,
        person_number,
        {{ rank }} as depth,
        ended_at,
        {%- for step in range(1, steps + 1) %}
        {{ 'at_' ~ step if step <= rank else 'cast(null as timestamp)' }} as at_{{ step }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ prefix }}_{{ rank }}
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- Wilson's score interval of a share, 95 %: side is `low` or `high`; null for no cases. -#}
{%- macro wilson_bound(successes, cases, side) -%}
    {%- set share = '(cast(' ~ successes ~ ' as double) / nullif(' ~ cases ~ ', 0))' -%}
    {%- set zz = '3.841458820694124e0' -%}
    {%- set sign = '-' if side == 'low' else '+' -%}
    {{ 'greatest(0e0, ' if side == 'low' else 'least(1e0, ' }}(
        {{ share }} + {{ zz }} / (2 * {{ cases }})
        {{ sign }} sqrt(greatest(
            {{ share }} * (1 - {{ share }}) * {{ zz }} / nullif({{ cases }}, 0)
            + {{ zz }} * {{ zz }} / (4e0 * {{ cases }} * {{ cases }}), 0e0
        ))
    ) / (1 + {{ zz }} / nullif({{ cases }}, 0)))
{%- endmacro -%}

{#- The last times of the steps that lie within the window before occurred_at; null for the others. -#}
{%- macro any_recent_times(steps) -%}
    {%- set times = [] -%}
    {%- for rank in range(1, steps + 1) -%}
        {%- do times.append(
            'case when ' ~ seconds_between('last_' ~ rank, 'occurred_at') ~ ' <= window_seconds then last_' ~ rank ~ ' end'
        ) -%}
    {%- endfor -%}
    {{- array_of(times) -}}
{%- endmacro -%}
