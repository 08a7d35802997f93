{#-
  One row per part of the people (unit), kernel and pair of terms: the normal equations of an additive hazard with a
  base rate for each person and block of weeks, in proportion to the season of the day. Orders of a person's day =
  base rate · season + sum over terms of effect · stock of contacts; the base rates are swept out. Term 2n - 1 is channel n
  after its contacts, term 2n, which only the last kernel has, the same channel before them.
    cell    stock · stock, less what base rates of the same people and weeks take along
    target  on the diagonal: stock · orders, less the same
    stock   on the diagonal: all stock of the term, in days of full strength
-#}
{%- set kernels = incremental_kernels() -%}
with

stocks as (

    select
        *,
        channel_no * 2 - case when is_before then 0 else 1 end as term_no
        {%- for kernel in kernels %},
        {% if not kernel.is_before %}case when is_before then 0e0 else {% endif -%}
        power(2e0, -days_away / {{ kernel.half_life }}e0){{ ' end' if not kernel.is_before }} as w_{{ kernel.number }}
        {%- endfor %}
    from {{ ref('int_incremental_stocks') }}

),

days as (

    select * from {{ ref('int_incremental_days') }}

),

orders as (

    select * from {{ ref('int_incremental_orders') }}

),

-- 1. stock by person and block, in proportion to the season
strata as (

    select
        person_number,
        unit,
        block_no,
        term_no
        {%- for kernel in kernels %},
        sum(w_{{ kernel.number }} * day_share * season) as s_{{ kernel.number }}
        {%- endfor %}
    from stocks
    group by person_number, unit, block_no, term_no

),

blocks as (

    select
        block_no,
        sum(season * season) as squares
    from days
    group by block_no

),

bought as (

    select
        person_number,
        block_no,
        sum(order_weight * season) as orders_in_season
    from orders
    group by person_number, block_no

),

-- 2. contacts of one person that work on the same day: on the part of its orders that lies on the right side of both
met as (

    select
        row_side.unit,
        row_side.term_no as row_no,
        column_side.term_no as column_no,
        case
            when row_side.is_before = column_side.is_before then least(row_side.day_share, column_side.day_share)
            else greatest(row_side.day_share + column_side.day_share - 1e0, 0e0)
        end as overlap
        {%- for kernel in kernels %},
        row_side.w_{{ kernel.number }} * column_side.w_{{ kernel.number }} as w_{{ kernel.number }}
        {%- endfor %}
    from stocks as row_side
    inner join stocks as column_side
        on
            row_side.person_number = column_side.person_number
            and row_side.date_day = column_side.date_day
            and row_side.term_no >= column_side.term_no

),

crossed as (

    select
        unit,
        row_no,
        column_no
        {%- for kernel in kernels %},
        w_{{ kernel.number }} * overlap as c_{{ kernel.number }}
        {%- endfor %}
    from met

    union all

    select
        row_side.unit,
        row_side.term_no as row_no,
        column_side.term_no as column_no
        {%- for kernel in kernels %},
        -row_side.s_{{ kernel.number }} * column_side.s_{{ kernel.number }} / blocks.squares as c_{{ kernel.number }}
        {%- endfor %}
    from strata as row_side
    inner join strata as column_side
        on
            row_side.person_number = column_side.person_number
            and row_side.block_no = column_side.block_no
            and row_side.term_no >= column_side.term_no
    inner join blocks on row_side.block_no = blocks.block_no

),

cells as (

    select
        unit,
        row_no,
        column_no
        {%- for kernel in kernels %},
        sum(c_{{ kernel.number }}) as c_{{ kernel.number }}
        {%- endfor %}
    from crossed
    group by unit, row_no, column_no

),

-- 3. orders on those days, against what the base rate of the block promises
answered as (

    select
        stocks.unit,
        stocks.term_no
        {%- for kernel in kernels %},
        orders.order_weight * stocks.w_{{ kernel.number }} as t_{{ kernel.number }},
        0e0 as m_{{ kernel.number }}
        {%- endfor %}
    from orders
    inner join stocks
        on
            orders.person_number = stocks.person_number
            and orders.date_day = stocks.date_day
            and (stocks.is_before or orders.ordered_at > stocks.contacted_at)
            and (not stocks.is_before or orders.ordered_at < stocks.contacted_at)

    union all

    select
        strata.unit,
        strata.term_no
        {%- for kernel in kernels %},
        -strata.s_{{ kernel.number }} * bought.orders_in_season / blocks.squares as t_{{ kernel.number }},
        0e0 as m_{{ kernel.number }}
        {%- endfor %}
    from strata
    inner join bought
        on
            strata.person_number = bought.person_number
            and strata.block_no = bought.block_no
    inner join blocks on strata.block_no = blocks.block_no

    union all

    select
        unit,
        term_no
        {%- for kernel in kernels %},
        0e0 as t_{{ kernel.number }},
        w_{{ kernel.number }} * day_share as m_{{ kernel.number }}
        {%- endfor %}
    from stocks

),

targets as (

    select
        unit,
        term_no
        {%- for kernel in kernels %},
        sum(t_{{ kernel.number }}) as t_{{ kernel.number }},
        sum(m_{{ kernel.number }}) as m_{{ kernel.number }}
        {%- endfor %}
    from answered
    group by unit, term_no

),

final as (

    {%- for kernel in kernels %}
    select
        cells.unit,
        {{ kernel.number }} as kernel_no,
        cells.row_no,
        cells.column_no,
        cells.c_{{ kernel.number }} as cell,
        targets.t_{{ kernel.number }} as target,
        targets.m_{{ kernel.number }} as stock
    from cells
    left join targets
        on
            cells.unit = targets.unit
            and cells.row_no = targets.term_no
            and cells.column_no = targets.term_no
    {%- if not kernel.is_before %}
    where cells.row_no % 2 = 1 and cells.column_no % 2 = 1
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
