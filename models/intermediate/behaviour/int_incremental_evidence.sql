{#-
  One row per measured channel: what its incremental orders rest on (the model, the model and the holdouts of actions, the holdouts alone,
  or nothing), how far the two agree, and what stands in the way of holdouts where they say nothing.
-#}
with

draws as (

    select * from {{ ref('int_incremental_draws') }}

),

judgements as (

    select * from {{ ref('int_incremental_judgements') }}

),

experiments as (

    select * from {{ ref('int_incremental_experiments') }}

),

-- 1. how model and lot vary over the samples, and how their difference does
moments as (

    select
        channel,
        max(case when replicate = 0 then by_model end) as by_model,
        max(case when replicate = 0 then by_lot end) as by_lot,
        cast(count(case when replicate > 0 then 1 end) as double) as replicates
        {%- for name, term in [('model', 'by_model'), ('lot', 'by_lot'), ('difference', '(by_lot - by_model)')] %},
        {{ stable_sum('case when replicate > 0 then ' ~ term ~ ' end') }} as {{ name }}_sum,
        {{ stable_sum('case when replicate > 0 then ' ~ term ~ ' * ' ~ term ~ ' end') }} as {{ name }}_squares
        {%- endfor %}
    from draws
    group by channel

),

variances as (

    select
        channel,
        by_model,
        by_lot
        {%- for name in ['model', 'lot', 'difference'] %},
        case when {{ name }}_squares is not null then {{ round_significant('greatest(0e0, ' ~ centred_sum(name ~ '_squares', name ~ '_sum', name ~ '_sum', 'replicates') ~ ' / (replicates - 1e0))') }} end
            as {{ name }}_variance
        {%- endfor %}
    from moments

),

compared as (

    select
        *,
        {{ safe_divide('model_variance', 'model_variance + lot_variance') }} as lot_weight,
        {{ safe_divide('by_lot - by_model', 'sqrt(difference_variance)') }} as difference_z
    from variances

),

-- 2. the actions that tell, or those of the largest holdout where none does
summed as (

    select
        channel,
        finding,
        cast(sum(treated) as bigint) as treated,
        cast(sum(holdout) as bigint) as holdout,
        min(first_stage_f) as first_stage_f
    from experiments
    group by channel, finding

),

tested as (

    select *
    from summed
    qualify row_number() over (partition by channel order by case when finding = 'usable' then 0 else 1 end asc, holdout desc, finding asc) = 1

),

joined as (

    select
        judgements.channel,
        judgements.judgement,
        judgements.scale,
        compared.by_model,
        compared.by_lot,
        compared.model_variance,
        compared.lot_variance,
        compared.difference_variance,
        compared.lot_weight,
        tested.treated,
        tested.holdout,
        tested.first_stage_f,
        coalesce(tested.finding = 'usable', false) as is_told,
        case when judgements.judgement = 'measured' then compared.difference_z end as difference_z,
        coalesce(tested.finding, 'no_holdout') as unusable_finding
    from judgements
    inner join compared on judgements.channel = compared.channel
    left join tested on judgements.channel = tested.channel

),

found as (

    select
        *,
        case
            when not is_told then unusable_finding
            when judgement != 'measured' then 'holdout_only'
            when abs(difference_z) >= {{ incremental_contradiction_z() }} then 'contradicts'
            -- a share of a fifth of the evidence
            when coalesce(lot_weight, 0e0) < 0.2e0 then 'too_weak'
            else 'agrees'
        end as holdout_finding
    from joined

),

final as (

    select
        channel,
        case
            when holdout_finding in ('holdout_only', 'contradicts') then 'holdout'
            when holdout_finding = 'agrees' then 'model_and_holdout'
            when judgement = 'measured' then 'model'
        end as evidence,
        holdout_finding,
        scale,
        by_model,
        model_variance,
        lot_variance,
        difference_variance,
        case when is_told then by_lot end as by_lot,
        case when is_told then by_lot - 1.959963984540054e0 * sqrt(lot_variance) end as lot_low,
        case when is_told then by_lot + 1.959963984540054e0 * sqrt(lot_variance) end as lot_high,
        case when is_told then treated end as treated,
        case when is_told then holdout end as holdout,
        case when is_told then first_stage_f end as first_stage_f,
        {{ round_significant(two_sided_p('difference_z')) }} as difference_p_value
    from found

)

select * from final
