{#-
  One row per model, person of the trial and place on the list: what would have been recommended, and
  whether it came true. A model of what was bought before has nothing that is new.
-#}
{%- set habits = ['own_rhythm', 'repeat_purchase', 'popularity'] -%}
with

takers as (

    select * from {{ ref('int_recommendation_takers') }}
    where fit = 0

),

trials as (

    select * from {{ ref('int_recommendation_trials') }}

),

scores as (

    select * from {{ ref('int_recommendation_scores') }}

),

popular_lists as (

    select * from {{ ref('int_recommendation_popular_lists') }}

),

habits as (

    select * from {{ ref('int_recommendation_habits') }}

),

listed as (

    select
        'item_item' as model,
        taker_number,
        item_number,
        item_rank
    from scores
    union all
    select
        'popularity' as model,
        taker_number,
        item_number,
        item_rank
    from popular_lists
    {%- for model in habits %}
    union all
    select
        '{{ model }}' as model,
        taker_number,
        item_number,
        {{ model }}_rank as item_rank
    from habits
    where {{ model }}_rank <= 10
    {%- endfor %}

),

final as (

    select
        listed.model,
        takers.item_type,
        takers.answer,
        takers.taker_number,
        listed.item_number,
        listed.item_rank,
        trials.item_number is not null as is_hit
    from listed
    inner join takers on listed.taker_number = takers.taker_number
    left join trials
        on
            takers.item_type = trials.item_type
            and takers.answer = trials.answer
            and takers.customer_number = trials.customer_number
            and listed.item_number = trials.item_number

)

select * from final
