{#-
  Guards that the holdout is drawn by lot: it is as large as it should be, and alike the others in what no contact
  can move (orders, points and consent differ exactly when actions work). Ranks are compared, so that one large customer tips nothing; the limit of 5 standard errors would be passed by chance once in two million tests.
-#}
{%- set numbers = ['tenure_days'] -%}
{%- set groups = ['home_region', 'gender', 'age_band'] -%}
{{ config(group='actions') }}
with

accounts as (

    select * from {{ ref('customer_accounts') }}

),

people as (

    select
        *,
        holdout_draw < {{ var('action_holdout_share') | float }} as is_holdout
    from {{ ref('int_action_facts') }}

),

{% for name in groups -%}
{{ name }}_levels as (

    select distinct coalesce({{ as_text(name) }}, '(unknown)') as level
    from people

),

{% endfor -%}
measures as (

    {%- for name in numbers %}
    select
        '{{ name }}' as measure,
        is_holdout,
        cast({{ name }} as double) as value
    from people
    where {{ name }} is not null
    union all
    {%- endfor %}
    {%- for name in groups %}
    select
        concat('{{ name }}: ', {{ name }}_levels.level) as measure,
        people.is_holdout,
        case when coalesce({{ as_text('people.' ~ name) }}, '(unknown)') = {{ name }}_levels.level then 1e0 else 0e0 end as value
    from people
    cross join {{ name }}_levels
    union all
    {%- endfor %}
    select
        'account_count' as measure,
        people.is_holdout,
        cast(count(accounts.account_id) as double) as value
    from people
    left join accounts on people.customer_id = accounts.customer_id
    group by people.customer_id, people.is_holdout

),

ranked as (

    select
        measure,
        is_holdout,
        percent_rank() over (partition by measure order by value) as value
    from measures

),

compared as (

    select
        measure,
        count(case when is_holdout then 1 end) as holdout_count,
        count(case when not is_holdout then 1 end) as other_count,
        avg(case when is_holdout then value end) as holdout_mean,
        avg(case when not is_holdout then value end) as other_mean,
        coalesce(var_samp(value), 0e0) as variance
    from ranked
    group by measure

)

select
    measure,
    holdout_mean,
    other_mean
from compared
where
    holdout_count > 0
    and other_count > 0
    and abs(holdout_mean - other_mean) > 5e0 * sqrt(variance * (1e0 / holdout_count + 1e0 / other_count)) + 1e-9
union all
select
    'share' as measure,
    cast(count(case when is_holdout then 1 end) as double) / nullif(count(*), 0) as holdout_mean,
    {{ var('action_holdout_share') | float }} as other_mean
from people
having
    abs(count(case when is_holdout then 1 end) - {{ var('action_holdout_share') | float }} * count(*))
    > 5e0 * sqrt({{ var('action_holdout_share') | float }} * (1e0 - {{ var('action_holdout_share') | float }}) * count(*)) + 1e-9
