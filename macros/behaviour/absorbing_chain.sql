{#-
  CTEs that end in `removal_effects`: a first-order Markov chain per group, from `(start)` over
  steps to `(won)` or `(lost)`, solved directly. With N = (I - Q)^-1 and win_j the chance to win from
  step j, a walk from the start meets j with chance N[s,j] / N[j,j]; without j these wins are gone:
    removal_effect_j = N[s,j] / N[j,j] * win_j / win_s
  flows   CTE: group_key, from_step, to_step, weight (journeys that go this way)
  Result: group_key, step, reach_share, win_share, removal_effect; no comma after it.
-#}
{%- macro removal_effect_ctes(flows) -%}
chain_shares as (

    select
        group_key,
        from_step,
        to_step,
        cast(weight as double) / cast(sum(weight) over (partition by group_key, from_step) as double) as probability
    from {{ flows }}

),

chain_steps as (

    select
        group_key,
        from_step as step,
        row_number() over (
            partition by group_key
            order by case when from_step = '(start)' then 0 else 1 end asc, from_step asc
        ) as step_no
    from chain_shares
    group by group_key, from_step

),

-- I - Q as an array of rows, and the chance to win in the next step
chain_cells as (

    select
        row_steps.group_key,
        row_steps.step_no as row_no,
        column_steps.step_no as column_no,
        case when row_steps.step_no = column_steps.step_no then 1e0 else 0e0 end
        - coalesce(chain_shares.probability, 0e0) as cell
    from chain_steps as row_steps
    inner join chain_steps as column_steps on row_steps.group_key = column_steps.group_key
    left join chain_shares
        on
            row_steps.group_key = chain_shares.group_key
            and row_steps.step = chain_shares.from_step
            and column_steps.step = chain_shares.to_step

),

chain_rows as (

    select
        group_key,
        row_no,
        {{ ordered_array_agg('cell', 'column_no') }} as cells
    from chain_cells
    group by group_key, row_no

),

chain_matrices as (

    select
        group_key,
        {{ ordered_array_agg('cells', 'row_no') }} as matrix
    from chain_rows
    group by group_key

),

chain_inverses as (

    select
        group_key,
        {{ inverse_matrix('matrix') }} as visits
    from chain_matrices

),

chain_wins as (

    select
        chain_steps.group_key,
        chain_steps.step,
        chain_steps.step_no,
        coalesce(chain_shares.probability, 0e0) as next_win
    from chain_steps
    left join chain_shares
        on
            chain_steps.group_key = chain_shares.group_key
            and chain_steps.step = chain_shares.from_step
            and chain_shares.to_step = '(won)'

),

-- win chance of each step: its expected visits to every step times the win chance there
chain_win_shares as (

    select
        from_steps.group_key,
        from_steps.step,
        from_steps.step_no,
        sum({{ array_get(array_get('chain_inverses.visits', 'from_steps.step_no'), 'met_steps.step_no') }} * met_steps.next_win) as win_share
    from chain_wins as from_steps
    inner join chain_wins as met_steps on from_steps.group_key = met_steps.group_key
    inner join chain_inverses on from_steps.group_key = chain_inverses.group_key
    group by from_steps.group_key, from_steps.step, from_steps.step_no

),

chain_totals as (

    select
        group_key,
        max(case when step = '(start)' then win_share end) as win_share
    from chain_win_shares
    group by group_key

),

chain_reaches as (

    select
        chain_win_shares.group_key,
        chain_win_shares.step,
        chain_win_shares.win_share,
        chain_totals.win_share as total_share,
        {{ safe_divide(
            array_get(array_get('chain_inverses.visits', '1'), 'chain_win_shares.step_no'),
            array_get(array_get('chain_inverses.visits', 'chain_win_shares.step_no'), 'chain_win_shares.step_no')
        ) }} as reach_share
    from chain_win_shares
    inner join chain_totals on chain_win_shares.group_key = chain_totals.group_key
    inner join chain_inverses on chain_win_shares.group_key = chain_inverses.group_key

),

removal_effects as (

    select
        group_key,
        step,
        coalesce(reach_share, 0e0) as reach_share,
        win_share,
        greatest(0e0, least(1e0, coalesce({{ safe_divide('reach_share * win_share', 'total_share') }}, 0e0))) as removal_effect
    from chain_reaches
    where step != '(start)'

)
{%- endmacro -%}
