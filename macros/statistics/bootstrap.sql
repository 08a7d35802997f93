{#-
  How often each bootstrap sample draws each part of the people: one row per replicate and unit with its weight.
  Poisson with mean 1, at most 6, from a fixed hash, so that it is the same in every build. Replicate 0 is what is
  known itself: each part once.
    replicates  number of samples    units  number of parts, from 0 on
    name        keeps the samples of two models apart
-#}
{%- macro bootstrap_weights(replicates, units, name='') -%}
    {%- set draw = "concat('" ~ name ~ "', cast(replicates.replicate as string), '/', cast(units.unit as string))" -%}
    select
        cast(drawn.replicate as int) as replicate,
        cast(drawn.unit as int) as unit,
        case
            when drawn.uniform < 0.36787944117144233e0 then 0e0
            when drawn.uniform < 0.7357588823428847e0 then 1e0
            when drawn.uniform < 0.9196986029286058e0 then 2e0
            when drawn.uniform < 0.9810118431238462e0 then 3e0
            when drawn.uniform < 0.9963401531726563e0 then 4e0
            when drawn.uniform < 0.9994058151824183e0 then 5e0
            else 6e0
        end as weight
    from (
        select
            replicates.replicate,
            units.unit,
            {{ hash_60bit(draw) }} / 1152921504606846976e0 as uniform
        from {{ number_series(1, replicates, 'replicate') }} as replicates
        cross join {{ number_series(0, units - 1, 'unit') }} as units
    ) as drawn

    union all

    select
        0 as replicate,
        cast(unit as int) as unit,
        1e0 as weight
    from {{ number_series(0, units - 1, 'unit') }} as units
{%- endmacro -%}
