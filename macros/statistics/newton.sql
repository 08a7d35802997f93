{#-
  One step of a damped Newton method that maximises a log-likelihood: the body of an `iterate` model
  that accumulates. It works on the logarithms of positive parameters and moves many fits (segments,
  periods, models) by the same statement.

    state       relation of the steps so far (ref of the init model)
    data        relation of the data, with columns `weight` (how many customers a row stands for),
                `repeat_orders` and `grain` (`exact` or `coarse`)
    keys        columns that identify a fit in the state
    data_keys   those of them that the data have
    likelihood  what a macro of likelihoods.sql returns
    prior_sd    of the log-normal prior (median 1) that holds a fit the data cannot determine

  Value, gradient and Hessian come from one pass over the data (newton_derivatives.sql). A fit that has
  coarse data climbs them first, which is cheap, and ends on the exact ones. A step is proposed, tried in the
  next round and taken if it is no worse; otherwise a shorter one is proposed (Levenberg, Marquardt).

  The state keeps every step of a fit, so that its path can be looked at:
    keys · iteration · grain · theta (array of logarithms, the best so far) · proposal (tried next) ·
    weight · mean_log_likelihood (without prior) · objective (with it) · gradient · information (minus
    the Hessian, an array of rows) · covariance (its inverse) · damping · expected_gain (of
    log-likelihood, by an undamped step) · prior_reason (null without prior) · is_converged
-#}
{%- macro newton_step(state, data, keys, data_keys, likelihood, prior_sd=3) -%}
{%- set parameters = likelihood.parameters -%}
{%- set size = parameters | length -%}
{%- set numbers = range(1, size + 1) -%}
{%- set key_list = keys | join(', ') -%}
{%- set zeros = array_of(['0e0'] * size) -%}
with

previous as (

    select * from {{ state }}

),

observed as (

    select * from {{ data }}

),

ranked as (

    select
        *,
        row_number() over (partition by {{ key_list }} order by iteration desc) as recency_rank
    from previous

),

-- 1. the newest step of every fit that is still on its way
newest as (

    select * from ranked
    where recency_rank = 1 and not is_converged

),

points as (

    select
        {{ key_list }},
        grain,
        {%- for number in numbers %}
        exp({{ array_get('proposal', number) }}) as {{ parameters[loop.index0] }}{{ ',' if not loop.last }}
        {%- endfor %}
    from newest

),

{{ newton_derivative_ctes(keys, data_keys, likelihood) }}

pulled as (

    select
        *,
        {%- for number in numbers %}
        {{ array_get('proposal', number) }} as move_{{ number }},
        {%- endfor %}
        case when prior_reason is null then 0e0 else {{ 1 / (prior_sd * prior_sd) }}e0 end as prior_pull
    from newest

),

tried as (

    select
        {{ prefixed('pulled', keys) }},
        pulled.iteration + 1 as iteration,
        pulled.grain,
        pulled.prior_reason,
        pulled.theta,
        pulled.proposal,
        pulled.mean_log_likelihood,
        pulled.objective,
        pulled.gradient,
        pulled.information,
        pulled.damping,
        totals.weight,
        totals.log_likelihood as tried_log_likelihood,
        totals.log_likelihood - pulled.prior_pull / totals.weight / 2e0 * (
            {%- for number in numbers %}
            pulled.move_{{ number }} * pulled.move_{{ number }}{{ ' +' if not loop.last }}
            {%- endfor %}
        ) as tried_objective,
        {{ newton_gradient(size) }} as tried_gradient,
        {{ newton_information(size) }} as tried_information
    from pulled
    inner join totals on {{ equal_keys('pulled', 'totals', keys) }}
    {{ computed_once() }}

),

-- 5. no step makes a fit worse, but for the last digit of the sum
compared as (

    select
        *,
        coalesce(tried_objective >= objective - 1e-13 * (1e0 + abs(objective)), true) as is_taken
    from tried

),

taken as (

    select
        {{ key_list }},
        iteration,
        grain,
        prior_reason,
        weight,
        is_taken,
        case when is_taken then proposal else theta end as theta,
        case when is_taken then tried_log_likelihood else mean_log_likelihood end as mean_log_likelihood,
        case when is_taken then tried_objective else objective end as objective,
        case when is_taken then tried_gradient else gradient end as gradient,
        case when is_taken then tried_information else information end as information,
        case
            when not is_taken then greatest(damping * 10e0, 1e-3)
            when damping > 1e-4 then damping / 10e0
            else 0e0
        end as damping
    from compared

),

-- 6. the next proposal: a damped step, no longer than 2 on the logarithmic scale
inverted as (

    select
        *,
        {{ inverse_matrix('information') }} as covariance,
        {{ map_array_with_position('information', 'info_row', 'info_row_no',
            map_array_with_position('info_row', 'cell', 'cell_no',
                'case when info_row_no = cell_no then cell + damping * greatest(abs(cell), 1e-8) else cell end')) }}
            as damped_information
    from taken
    {{ computed_once() }}

),

solved as (

    select
        *,
        {{ solve_linear('damped_information', 'gradient') }} as direction,
        {{ solve_linear('information', 'gradient') }} as plain_direction
    from inverted

),

measured as (

    select
        *,
        weight / 2e0 * abs(
            {%- for number in numbers %}
            {{ array_get('gradient', number) }} * {{ array_get('plain_direction', number) }}{{ ' +' if not loop.last }}
            {%- endfor %}
        ) as expected_gain,
        greatest(
            {%- for number in numbers %}
            abs({{ array_get('theta', number) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) >= 13.9e0 as is_at_bound
    from solved

),

-- 7. coarse data are left near their top; a fit that runs to the end of the scale or stands still on the way
-- starts again, held by the prior
judged as (

    select
        *,
        is_taken and expected_gain <= 1e-9 as has_arrived,
        case
            when grain = 'exact' then 'exact'
            when is_at_bound or iteration >= 30 or (is_taken and expected_gain <= 1e-1) then 'exact'
            else 'coarse'
        end as next_grain,
        case
            when prior_reason is not null then null
            when grain = 'coarse' then null
            when is_at_bound then 'at_bound'
            when not (is_taken and expected_gain <= 1e-9) and (iteration >= 60 or damping >= 1e3)
                then 'not_converged'
        end as restart_reason
    from measured

),

decided as (

    select
        *,
        restart_reason is null and has_arrived and grain = 'exact' as is_converged,
        restart_reason is not null or next_grain != grain as is_new_climb,
        restart_reason is not null
        or (next_grain != grain and (is_at_bound or iteration >= 30)) as is_from_zero,
        {{ newton_move('plain_direction', size) }} as plain_move,
        {{ newton_move('direction', size) }} as damped_move
    from judged

),

final as (

    select
        {{ key_list }},
        cast(iteration as int) as iteration,
        next_grain as grain,
        case when is_converged then plain_move else theta end as theta,
        case
            when is_from_zero then {{ zeros }}
            when is_new_climb then plain_move
            else damped_move
        end as proposal,
        weight,
        mean_log_likelihood,
        case when not is_new_climb then objective end as objective,
        gradient,
        information,
        covariance,
        case when is_new_climb then 0e0 else damping end as damping,
        expected_gain,
        coalesce(prior_reason, restart_reason) as prior_reason,
        is_converged
    from decided

)

select * from final
{%- endmacro -%}


{#-
  State 0 of one fit, for the init model: columns after the keys.
    start  expressions: the logarithms to begin with
    grain  expression: the data to begin on
-#}
{%- macro newton_start(start, grain, prior_reason='cast(null as string)') -%}
    cast(0 as int) as iteration,
    {{ grain }} as grain,
    {{ array_of(start) }} as theta,
    {{ array_of(start) }} as proposal,
    cast(null as double) as weight,
    cast(null as double) as mean_log_likelihood,
    cast(null as double) as objective,
    {{ array_of(['cast(null as double)']) }} as gradient,
    {{ array_of([array_of(['cast(null as double)'])]) }} as information,
    {{ array_of([array_of(['cast(null as double)'])]) }} as covariance,
    0e0 as damping,
    cast(null as double) as expected_gain,
    {{ prior_reason }} as prior_reason,
    false as is_converged
{%- endmacro -%}


{#- Where a direction leads from theta: at most 2 along each axis, never beyond the end of the scale. -#}
{%- macro newton_move(direction, size) -%}
    {%- set cells = [] -%}
    {%- for number in range(1, size + 1) -%}
        {%- do cells.append('greatest(least(' ~ array_get('theta', number) ~ ' + greatest(least('
            ~ array_get(direction, number) ~ ', 2e0), -2e0), 14e0), -14e0)') -%}
    {%- endfor -%}
    {{ array_of(cells) }}
{%- endmacro -%}
