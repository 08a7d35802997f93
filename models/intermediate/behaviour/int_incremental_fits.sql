{#-
  One row per bootstrap sample of the people (0: the people as they are), kernel and measured channel: orders that a
  day of full stock adds (`effect`), how much of the orders' spread the channels explain together (`gain`), and, for the people
  as they are, the share of the channel's stock that no other channel's explains (`own_share`).
-#}
{%- set before = incremental_kernels() | selectattr('is_before') | first -%}
{{ config(
    pre_hook='{{ compiled_on_spark(true) }}',
    post_hook='{{ compiled_on_spark(false) }}'
) }}
with

sums as (

    select * from {{ ref('int_incremental_sums') }}

),

channels as (

    select * from {{ ref('int_incremental_channels') }}
    where channel_no is not null

),

-- 1. how often a sample draws each part of the people
weights as (

    {{ bootstrap_weights(var('incremental_replicates') | int, incremental_units(), 'incremental/') }}

),

totals as (

    select
        weights.replicate,
        sums.kernel_no,
        sums.row_no,
        sums.column_no,
        sum(weights.weight * sums.cell) as cell,
        sum(weights.weight * sums.target) as target
    from sums
    inner join weights on sums.unit = weights.unit
    where weights.weight > 0
    group by weights.replicate, sums.kernel_no, sums.row_no, sums.column_no

),

-- 2. the equations of each fit; channels whose contacts never met have no cell in common, and a ridge of a hundred
-- millionth lets channels that always come together share what they explain
fits as (

    select
        replicate,
        kernel_no
    from totals
    group by replicate, kernel_no

),

terms as (

    select
        channel_no * 2 - 1 as term_no,
        false as is_before
    from channels
    union all
    select
        channel_no * 2 as term_no,
        true as is_before
    from channels

),

dense as (

    select
        fits.replicate,
        fits.kernel_no,
        row_side.term_no as row_no,
        column_side.term_no as column_no,
        coalesce(totals.cell, 0e0) * case when row_side.term_no = column_side.term_no then 1.00000001e0 else 1e0 end as cell,
        case when row_side.term_no = column_side.term_no then coalesce(totals.target, 0e0) end as target
    from fits
    inner join terms as row_side on fits.kernel_no = {{ before.number }} or not row_side.is_before
    inner join terms as column_side on fits.kernel_no = {{ before.number }} or not column_side.is_before
    left join totals
        on
            fits.replicate = totals.replicate
            and fits.kernel_no = totals.kernel_no
            and greatest(row_side.term_no, column_side.term_no) = totals.row_no
            and least(row_side.term_no, column_side.term_no) = totals.column_no

),

matrix_rows as (

    select
        replicate,
        kernel_no,
        row_no,
        max(target) as target,
        {{ ordered_array_agg('cell', 'column_no') }} as cells
    from dense
    group by replicate, kernel_no, row_no

),

matrices as (

    select
        replicate,
        kernel_no,
        {{ ordered_array_agg('cells', 'row_no') }} as information,
        {{ ordered_array_agg('target', 'row_no') }} as targets
    from matrix_rows
    group by replicate, kernel_no

),

-- 3. the solution
solved as (

    select
        replicate,
        kernel_no,
        targets,
        {{ solve_linear('information', 'targets') }} as coefficients
    from matrices

),

-- a channel that always comes together with others cannot be told from them
inverted as (

    select
        kernel_no,
        information,
        {{ inverse_matrix('information') }} as covariance
    from matrices
    where replicate = 0

),

gained as (

    select
        *,
        {{ fold_array(number_array(1, 'cardinality(coefficients)'), '0e0', 'total', 'place',
            'total + ' ~ array_get('coefficients', 'place') ~ ' * ' ~ array_get('targets', 'place')) }} as gain
    from solved

),

placed as (

    select
        gained.*,
        inverted.information,
        inverted.covariance,
        channels.channel_no,
        case when gained.kernel_no = {{ before.number }} then channels.channel_no * 2 else channels.channel_no end as place
    from gained
    inner join inverted on gained.kernel_no = inverted.kernel_no
    cross join channels

),

final as (

    select
        replicate,
        kernel_no,
        channel_no,
        {{ array_get('coefficients', 'place') }} as effect,
        {{ round_significant('gain') }} as gain,
        case
            when replicate = 0
                then coalesce({{ safe_divide('1e0',
                    array_get(array_get('covariance', 'place'), 'place') ~ ' * ' ~ array_get(array_get('information', 'place'), 'place')
                ) }}, 0e0)
        end as own_share
    from placed

)

select * from final
