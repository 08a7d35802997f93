{#-
  One step of a damped Newton method that maximises any log-likelihood: the body of an `iterate`
  model. It works on the logarithms of positive parameters, takes gradient and Hessian by finite
  differences from one aggregate over slightly moved points, solves for eight dampings at once and
  keeps the best of them. Many fits (segments, periods, models) are moved by the same statement.

    state           relation of the state before this step (ref of the init model)
    data            relation of the data, with column `weight`: how many customers a row stands for
    keys            columns that identify a fit in the state
    data_keys       those of them that the data have
    parameters      names; the expression finds them as `points.<name>`
    log_likelihood  of one customer; the data are `observed.<column>`
    prior_sd        of the log-normal prior (median 1) that holds a fit the data cannot determine

  The state keeps every step of a fit, so that its path can be looked at:
    keys · iteration · theta (array of logarithms) · weight · mean_log_likelihood (without prior) ·
    covariance (of theta, rows one after the other) · damping · expected_gain (of log-likelihood, by
    the next step) · prior_reason (null without prior) · is_converged
-#}
{%- macro newton_step(state, data, keys, data_keys, parameters, log_likelihood, prior_sd=3) -%}
{%- set step_size = 0.001 -%}
{%- set size = parameters | length -%}
{%- set numbers = range(1, size + 1) -%}
{%- set key_list = keys | join(', ') -%}
{%- set pairs = [] -%}
{%- for row in numbers -%}{%- for col in numbers if col > row -%}
    {%- do pairs.append([row, col]) -%}
{%- endfor -%}{%- endfor -%}
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

-- 2. the moved points: the centre, two steps to both sides on each axis, two corners of each pair
design (
    point_number, first_axis, second_axis, first_step, second_step
    {%- for number in numbers %}, move_{{ number }}{% endfor %}
) as (

    {{ newton_design(size, pairs) }}

),

points as (

    select
        {{ prefixed('newest', keys) }},
        design.point_number,
        {%- for number in numbers %}
        exp({{ array_get('newest.theta', number) }} + {{ step_size }}e0 * design.move_{{ number }})
            as {{ parameters[loop.index0] }},
        {%- endfor %}
        case
            when newest.prior_reason is null then 0e0
            else (
                {%- for number in numbers %}
                power({{ array_get('newest.theta', number) }} + {{ step_size }}e0 * design.move_{{ number }}, 2)
                    {{- ' +' if not loop.last }}
                {%- endfor %}
            ) / {{ 2 * prior_sd * prior_sd }}e0
        end as penalty
    from newest
    cross join design

),

evaluated as (

    {{ newton_evaluate('points', ['point_number'], keys, data_keys, log_likelihood) }}

),

-- 3. gradient and Hessian are weighted sums of the values at the points
derivatives as (

    select
        {{ prefixed('evaluated', keys) }},
        max(evaluated.weight) as weight,
        {{ array_of_gradient(size, step_size) }} as gradient,
        {{ array_of_hessian(size, step_size) }} as information
    from evaluated
    inner join design on evaluated.point_number = design.point_number
    group by {{ prefixed('evaluated', keys) }}

),

-- 4. the plain Newton step and seven damped ones, none longer than 2 on the logarithmic scale
dampings (damping) as (

    values (0e0), (1e-3), (1e-2), (1e-1), (1e0), (1e1), (1e2), (1e4)

),

damped as (

    select
        derivatives.*,
        dampings.damping,
        {{ map_array_with_position('derivatives.information', 'info_row', 'info_row_no',
            map_array_with_position('info_row', 'cell', 'cell_no',
                'case when info_row_no = cell_no then cell + dampings.damping * greatest(abs(cell), 1e-8) else cell end')) }}
            as damped_information
    from derivatives
    cross join dampings

),

solved as (

    select
        *,
        {{ solve_linear('damped_information', 'gradient') }} as direction
    from damped

),

measured as (

    select
        {{ key_list }},
        damping,
        direction,
        max(case when damping = 0e0 then weight / 2e0 * abs(
            {%- for number in numbers %}
            {{ array_get('gradient', number) }} * {{ array_get('direction', number) }}{{ ' +' if not loop.last }}
            {%- endfor %}
        ) end) over (partition by {{ key_list }}) as expected_gain,
        case when damping = 0e0 then {{ inverse_matrix('information') }} end as covariance,
        weight
    from solved

),

moves as (

    select
        {{ prefixed('newest', keys) }},
        measured.damping,
        measured.expected_gain,
        measured.weight,
        measured.covariance,
        newest.iteration,
        newest.prior_reason,
        newest.prior_reason is not null as has_prior,
        {%- for number in numbers %}
        greatest(least(
            {{ array_get('newest.theta', number) }}
                + greatest(least({{ array_get('measured.direction', number) }}, 2e0), -2e0), 14e0
        ), -14e0) as theta_{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from newest
    inner join measured on {{ equal_keys('newest', 'measured', keys) }}
    {{ computed_once() }}

),

-- to stay is a choice too: no step makes a fit worse
stays as (

    select
        {{ prefixed('newest', keys) }},
        -1e0 as damping,
        {%- for number in numbers %}
        {{ array_get('newest.theta', number) }} as theta_{{ number }}{{ ',' if not loop.last }}
        {%- endfor %},
        newest.prior_reason is not null as has_prior
    from newest

),

candidate_points as (

    select
        {{ key_list }},
        damping,
        {% for number in numbers %}theta_{{ number }}, {% endfor %}has_prior
    from moves
    union all
    select
        {{ key_list }},
        damping,
        {% for number in numbers %}theta_{{ number }}, {% endfor %}has_prior
    from stays

),

candidates as (

    select
        *,
        {%- for number in numbers %}
        exp(theta_{{ number }}) as {{ parameters[loop.index0] }},
        {%- endfor %}
        case
            when has_prior
                then (
                    {%- for number in numbers %}
                    theta_{{ number }} * theta_{{ number }}{{ ' +' if not loop.last }}
                    {%- endfor %}
                ) / {{ 2 * prior_sd * prior_sd }}e0
            else 0e0
        end as penalty
    from candidate_points
    {{ computed_once() }}

),

-- 5. each candidate is tried on the data, the best one is the next state
tried as (

    {{ newton_evaluate('candidates', ['damping'], keys, data_keys, log_likelihood) }}

),

chosen as (

    select
        *,
        row_number() over (
            partition by {{ key_list }} order by log_likelihood - penalty desc nulls last, damping asc
        ) as choice_rank
    from tried

),

settled as (

    select
        {{ prefixed('chosen', keys) }},
        plain_move.iteration + 1 as iteration,
        plain_move.prior_reason,
        chosen.damping,
        chosen.log_likelihood,
        chosen.weight,
        plain_move.expected_gain,
        plain_move.covariance,
        {%- for number in numbers %}
        candidates.theta_{{ number }},
        {%- endfor %}
        -- converged: nothing left to gain, and away from the ends of the scale
        plain_move.expected_gain <= 1e-9 as has_arrived,
        greatest(
            {%- for number in numbers %}
            abs(candidates.theta_{{ number }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) >= 13.9e0 as is_at_bound
    from chosen
    inner join moves as plain_move
        on
            {{ equal_keys('chosen', 'plain_move', keys) }}
            and plain_move.damping = 0e0
    inner join candidates
        on
            {{ equal_keys('chosen', 'candidates', keys) }}
            and chosen.damping = candidates.damping
    -- at the top all candidates are equal but for noise: there the plain step is taken
    where
        (plain_move.expected_gain <= 1e-9 and chosen.damping = 0e0)
        or (plain_move.expected_gain > 1e-9 and chosen.choice_rank = 1)

),

-- 6. a fit that runs to the end of the scale or never arrives starts again, held by the prior
judged as (

    select
        *,
        case
            when prior_reason is not null then null
            when is_at_bound then 'at_bound'
            when not has_arrived and iteration >= 15 then 'not_converged'
        end as restart_reason
    from settled

),

next_steps as (

    select
        {{ key_list }},
        cast(iteration as int) as iteration,
        case
            when restart_reason is not null
                then {{ array_of(['0e0'] * size) }}
            else {{ array_of(numbers_as_columns('theta_', size)) }}
        end as theta,
        weight,
        log_likelihood as mean_log_likelihood,
        covariance,
        damping,
        expected_gain,
        coalesce(prior_reason, restart_reason) as prior_reason,
        restart_reason is null and has_arrived as is_converged
    from judged

),

final as (

    select
        {{ key_list }},
        iteration,
        theta,
        weight,
        mean_log_likelihood,
        covariance,
        damping,
        expected_gain,
        prior_reason,
        is_converged
    from previous
    union all
    select
        {{ key_list }},
        iteration,
        theta,
        weight,
        mean_log_likelihood,
        covariance,
        damping,
        expected_gain,
        prior_reason,
        is_converged
    from next_steps

)

select * from final
{%- endmacro -%}


{#-
  State 0 of one fit, for the init model: columns after the keys.
    start  expressions: the logarithms to begin with
-#}
{%- macro newton_start(start, prior_reason='cast(null as string)') -%}
    cast(0 as int) as iteration,
    {{ array_of(start) }} as theta,
    cast(null as double) as weight,
    cast(null as double) as mean_log_likelihood,
    {{ array_of([array_of(['cast(null as double)'])]) }} as covariance,
    cast(null as double) as damping,
    cast(null as double) as expected_gain,
    {{ prior_reason }} as prior_reason,
    false as is_converged
{%- endmacro -%}

{#- Metric of an iterate model of this kind: what the fits that are still on their way may gain. -#}
{%- macro newton_metric(keys) -%}
    select coalesce(max(1e-9 + abs(coalesce(expected_gain, 1e9))), 0)
    from (
        select
            max_by(is_converged, iteration) as is_converged,
            max_by(expected_gain, iteration) as expected_gain
        from {next}
        group by {{ keys | join(', ') }}
    ) as newest
    where not is_converged
{%- endmacro -%}


{#- The parts of newton_step. -#}

{#- The mean log-likelihood at each point, and the same with the prior: what is maximised. -#}
{%- macro newton_evaluate(points, point_keys, keys, data_keys, log_likelihood) -%}
    select
        {{ prefixed('points', keys + point_keys) }},
        sum(cast(observed.weight as double)) as weight,
        {{ stable_sum('observed.weight * (' ~ log_likelihood ~ ')') }} / sum(cast(observed.weight as double)) as log_likelihood,
        max(points.penalty) / sum(cast(observed.weight as double)) as penalty
    from {{ points }} as points
    inner join observed on {{ equal_keys('points', 'observed', data_keys) }}
    group by {{ prefixed('points', keys + point_keys) }}
{%- endmacro -%}

{#-
  Rows of the design: number · the two axes (equal: one axis) · the steps along them · the move along
  every axis.
-#}
{%- macro newton_design(size, pairs) -%}
    {%- set rows = [[0, 0, 0, 0]] -%}
    {%- for axis in range(1, size + 1) -%}{%- for step in [-2, -1, 1, 2] -%}
        {%- do rows.append([axis, axis, step, 0]) -%}
    {%- endfor -%}{%- endfor -%}
    {%- for pair in pairs -%}{%- for step in [-1, 1] -%}
        {%- do rows.append([pair[0], pair[1], step, step]) -%}
    {%- endfor -%}{%- endfor -%}
    values
    {%- for row in rows %}
    ({{ loop.index0 }}, {{ row | join(', ') }}
        {%- for axis in range(1, size + 1) -%}
        , {{ row[2] if row[0] == axis else (row[3] if row[1] == axis else 0) }}
        {%- endfor -%}
    ){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- Five-point differences on the axes. -#}
{%- macro array_of_gradient(size, step_size) -%}
    {%- set parts = [] -%}
    {%- for axis in range(1, size + 1) -%}
        {%- do parts.append(
            stable_sum('case when design.first_axis = ' ~ axis ~ ' and design.second_axis = ' ~ axis
            ~ ' then (evaluated.log_likelihood - evaluated.penalty) * case design.first_step when -2 then 1e0 when -1 then -8e0'
            ~ ' when 1 then 8e0 else -1e0 end else 0e0 end') ~ ' / ' ~ (12 * step_size) ~ 'e0'
        ) -%}
    {%- endfor -%}
    {{ array_of(parts) }}
{%- endmacro -%}

{#- Minus the Hessian: five-point on the axes, two corners and the axes for the mixed derivatives. -#}
{%- macro array_of_hessian(size, step_size) -%}
    {%- set rows = [] -%}
    {%- for row in range(1, size + 1) -%}
        {%- set cells = [] -%}
        {%- for col in range(1, size + 1) -%}
            {%- if row == col -%}
                {%- do cells.append(
                    '-' ~ stable_sum('case when design.point_number = 0 then -30e0 * (evaluated.log_likelihood - evaluated.penalty) when design.first_axis = '
                    ~ row ~ ' and design.second_axis = ' ~ row
                    ~ ' then (evaluated.log_likelihood - evaluated.penalty) * case when abs(design.first_step) = 1 then 16e0 else -1e0 end'
                    ~ ' else 0e0 end') ~ ' / ' ~ '%.3e' % (12 * step_size * step_size)
                ) -%}
            {%- else -%}
                {%- do cells.append(
                    '-' ~ stable_sum('case when design.point_number = 0 then 2e0 when design.first_axis = '
                    ~ [row, col] | min ~ ' and design.second_axis = ' ~ [row, col] | max
                    ~ ' then 1e0 when design.first_axis = design.second_axis and design.first_axis in ('
                    ~ row ~ ', ' ~ col ~ ') and abs(design.first_step) = 1 then -1e0 else 0e0 end'
                    ~ ' * (evaluated.log_likelihood - evaluated.penalty)') ~ ' / ' ~ '%.3e' % (2 * step_size * step_size)
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do rows.append(array_of(cells)) -%}
    {%- endfor -%}
    {{ array_of(rows) }}
{%- endmacro -%}

{%- macro prefixed(alias, columns) -%}
    {%- for column in columns -%}{{ alias }}.{{ column }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro -%}

{%- macro equal_keys(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{%- macro numbers_as_columns(prefix, size) -%}
    {%- set names = [] -%}
    {%- for number in range(1, size + 1) -%}{%- do names.append(prefix ~ number) -%}{%- endfor -%}
    {{- return(names) -}}
{%- endmacro -%}
