{#-
  One row per model, class of repeat orders and set of people learned from (both, or the half a or b, to
  judge the other half by it): the probability that an interval leaves out on each side so that nine of
  ten customers of the class were inside on the holdout (conformal: the tenth-smallest of a hundred
  scores). Between 0.0001 and 0.2; a class of fewer than 50 people takes that
  of all, and where there are fewer than 50 in all the 5 % of the model hold.
-#}
{%- set kinds = ['order', 'money'] -%}
with

predictions as (

    select * from {{ ref('int_holdout_predictions') }}

),

people as (

    select
        *,
        case when {{ hash_60bit('customer_id') }} % 2 = 0 then 'a' else 'b' end as half
    from predictions

),

classed as (

    {%- for half in ["'both'", 'half'] %}
    {%- for class in ['repeat_class', "'(all)'"] %}

    select
        model,
        {{ class }} as repeat_class,
        {{ half }} as learned_from,
        order_score,
        money_score
    from people
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

placed as (

    select
        *,
        count(*) over (partition by model, repeat_class, learned_from) as customers
        {%- for kind in kinds %},
        row_number() over (
            partition by model, repeat_class, learned_from order by {{ kind }}_score asc
        ) as {{ kind }}_place
        {%- endfor %}
    from classed

),

levels as (

    select
        model,
        repeat_class,
        learned_from,
        max(customers) as customers
        {%- for kind in kinds %},
        -- a hair less, so that the person whose score it is stays inside
        max(case
            when {{ kind }}_place = greatest(1, floor((customers + 1) / 10e0))
                then least(0.2e0, greatest(1e-4, {{ kind }}_score * 0.99999e0))
        end) as {{ kind }}_level
        {%- endfor %}
    from placed
    group by model, repeat_class, learned_from

),

final as (

    select
        -- key
        levels.model,
        levels.repeat_class,
        levels.learned_from,

        -- measures
        levels.customers,
        {%- for kind in kinds %}
        case
            when levels.customers >= 50 then levels.{{ kind }}_level
            when everybody.customers >= 50 then everybody.{{ kind }}_level
            else 0.05e0
        end as {{ kind }}_level{{ ',' if not loop.last }}
        {%- endfor %}
    from levels
    inner join levels as everybody
        on
            levels.model = everybody.model
            and levels.learned_from = everybody.learned_from
            and everybody.repeat_class = '(all)'

)

select * from final
