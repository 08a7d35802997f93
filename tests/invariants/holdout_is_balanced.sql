{#-
  Guards that holdouts are drawn by lot, that of each action and that of all: each is as large as it should be, and alike the others in what no
  contact can move (orders, points and consent differ exactly when actions work). Ranks are compared, so that one large customer tips nothing; the limit of 5 standard errors would be passed by chance once in two million tests.
-#}
{%- set numbers = ['tenure_days'] -%}
{%- set groups = ['home_region', 'gender', 'age_band'] -%}
{{ config(group='actions') }}
with

accounts as (

    select * from {{ ref('customer_accounts') }}

),

facts as (

    select * from {{ ref('int_action_facts') }}

),

options as (

    select * from {{ ref('int_action_options') }}
    where action != 'do_nothing' and not is_held_out_of_all

),

lots as (

    select
        '(all actions)' as action,
        customer_id,
        holdout_draw < {{ var('action_global_holdout_share') | float }} as is_holdout,
        {{ var('action_global_holdout_share') | float }} as share
    from facts
    union all
    select
        action,
        customer_id,
        is_holdout,
        {{ var('action_holdout_share') | float }} as share
    from options

),

people as (

    select
        lots.action,
        lots.is_holdout,
        facts.*
    from lots
    inner join facts on lots.customer_id = facts.customer_id

),

{% for name in groups -%}
{{ name }}_levels as (

    select distinct coalesce({{ as_text(name) }}, '(unknown)') as level
    from facts

),

{% endfor -%}
measures as (

    {%- for name in numbers %}
    select
        action,
        '{{ name }}' as measure,
        is_holdout,
        cast({{ name }} as double) as value
    from people
    where {{ name }} is not null
    union all
    {%- endfor %}
    {%- for name in groups %}
    select
        people.action,
        concat('{{ name }}: ', {{ name }}_levels.level) as measure,
        people.is_holdout,
        case when coalesce({{ as_text('people.' ~ name) }}, '(unknown)') = {{ name }}_levels.level then 1e0 else 0e0 end as value
    from people
    cross join {{ name }}_levels
    union all
    {%- endfor %}
    select
        people.action,
        'account_count' as measure,
        people.is_holdout,
        cast(count(accounts.account_id) as double) as value
    from people
    left join accounts on people.customer_id = accounts.customer_id
    group by people.action, people.customer_id, people.is_holdout

),

ranked as (

    select
        action,
        measure,
        is_holdout,
        percent_rank() over (partition by action, measure order by value) as value
    from measures

),

compared as (

    select
        action,
        measure,
        count(case when is_holdout then 1 end) as holdout_count,
        count(case when not is_holdout then 1 end) as other_count,
        avg(case when is_holdout then value end) as holdout_mean,
        avg(case when not is_holdout then value end) as other_mean,
        coalesce(var_samp(value), 0e0) as variance
    from ranked
    group by action, measure

),

shares as (

    select
        action,
        count(*) as people,
        count(case when is_holdout then 1 end) as held,
        cast(max(share) as double) as share
    from lots
    group by action

)

select
    action,
    measure,
    holdout_mean,
    other_mean
from compared
where
    -- enough of both for a normal interval
    variance * least(holdout_count, other_count) >= 5e0
    and abs(holdout_mean - other_mean) > 5e0 * sqrt(variance * (1e0 / nullif(holdout_count, 0) + 1e0 / nullif(other_count, 0))) + 1e-9
union all
select
    action,
    'share' as measure,
    cast(held as double) / people as holdout_mean,
    share as other_mean
from shares
where
    -- three people beside the normal interval: shares of a few people are skewed
    abs(held - share * people) > 5e0 * sqrt(share * (1e0 - share) * people) + 3e0
