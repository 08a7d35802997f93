{#-
  One row per bootstrap sample of the people (0: the people as they are) and measured channel: orders that a contact added, by the model under the
  kernel of the sample, and by the lot where an action with a holdout tells. Both from the same people drawn: whom the
  lot compares is among whom the model compares, and the two err together.
-#}
with

fits as (

    select * from {{ ref('int_incremental_fits') }}

),

sums as (

    select * from {{ ref('int_incremental_sums') }}
    where row_no = column_no

),

channels as (

    select * from {{ ref('int_incremental_channels') }}
    where channel_no is not null

),

lots as (

    select * from {{ ref('int_incremental_lots') }}

),

experiments as (

    select * from {{ ref('int_incremental_experiments') }}
    where finding = 'usable'

),

weights as (

    {{ bootstrap_weights(var('incremental_replicates') | int, incremental_units(), 'incremental/') }}

),

-- 1. the kernel of each sample, and the days of full stock of a contact
chosen as (

    select
        replicate,
        kernel_no
    from fits
    where kernel_no not in ({% for kernel in incremental_kernels() if kernel.is_before %}{{ kernel.number }}{% endfor %})
    qualify row_number() over (partition by replicate order by gain desc, kernel_no asc, channel_no asc) = 1

),

stocks as (

    select
        channels.channel_no,
        channels.channel,
        sums.kernel_no,
        {{ stable_sum('sums.stock') }} / max(channels.contact_count) as stock_per_contact
    from sums
    inner join channels on sums.row_no = channels.channel_no * 2 - 1
    group by channels.channel_no, channels.channel, sums.kernel_no

),

modelled as (

    select
        fits.replicate,
        stocks.channel,
        fits.kernel_no,
        fits.effect,
        stocks.stock_per_contact,
        fits.effect * stocks.stock_per_contact as by_model
    from fits
    inner join chosen
        on
            fits.replicate = chosen.replicate
            and fits.kernel_no = chosen.kernel_no
    inner join stocks
        on
            fits.channel_no = stocks.channel_no
            and fits.kernel_no = stocks.kernel_no

),

-- 2. the groups of each action in each sample
grouped as (

    select
        weights.replicate,
        lots.action,
        lots.channel
        {%- for group, condition in [('treated', 'lots.is_treated'), ('holdout', 'not lots.is_treated')] %}
        {%- for term in ['people', 'y', 'x'] %},
        {{ stable_sum('case when ' ~ condition ~ ' then weights.weight * lots.' ~ term ~ ' else 0e0 end') }} as {{ group }}_{{ term }}
        {%- endfor %}
        {%- endfor %}
    from lots
    inner join experiments
        on
            lots.action = experiments.action
            and lots.channel = experiments.channel
    inner join weights on lots.unit = weights.unit
    group by weights.replicate, lots.action, lots.channel

),

-- 3. several actions of a channel: more orders over more contacts of all of them, each by how much its groups can tell (two-stage
-- least squares with a base for each action)
told as (

    select
        replicate,
        channel
        {%- for term in ['y', 'x'] %},
        {{ stable_sum(
            safe_divide('(holdout_people * treated_' ~ term ~ ' - treated_people * holdout_' ~ term ~ ')', '(treated_people + holdout_people)')
        ) }} as more_{{ term }}
        {%- endfor %}
    from grouped
    group by replicate, channel

),

whole as (

    select
        channel,
        more_x,
        more_y / more_x as ratio
    from told
    where replicate = 0

),

-- 4. about the ratio of all people, so that no sample divides by contacts near zero (delta method)
final as (

    select
        modelled.replicate,
        modelled.channel,
        modelled.kernel_no,
        modelled.effect,
        modelled.stock_per_contact,
        {{ round_significant('modelled.by_model', 9) }} as by_model,
        {{ round_significant('whole.ratio + (told.more_y - whole.ratio * told.more_x) / whole.more_x', 9) }} as by_lot
    from modelled
    left join told
        on
            modelled.replicate = told.replicate
            and modelled.channel = told.channel
    left join whole on modelled.channel = whole.channel

)

select * from final
