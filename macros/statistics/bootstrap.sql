{#-
  How often a bootstrap sample draws a part of the people: Poisson with mean 1 from a number of 0 to 1, at
  most 6. From a fixed hash it is the same in every build.
-#}
{%- macro poisson_draws(uniform) -%}
    case
            when {{ uniform }} < 0.36787944117144233e0 then 0e0
            when {{ uniform }} < 0.7357588823428847e0 then 1e0
            when {{ uniform }} < 0.9196986029286058e0 then 2e0
            when {{ uniform }} < 0.9810118431238462e0 then 3e0
            when {{ uniform }} < 0.9963401531726563e0 then 4e0
            when {{ uniform }} < 0.9994058151824183e0 then 5e0
            else 6e0
        end
{%- endmacro -%}
