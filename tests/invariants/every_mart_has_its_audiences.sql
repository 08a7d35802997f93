{#-
  Guards that somebody has decided who may see each mart: a new one is published to nobody until seed
  publication_tables names it for every audience, and a name that no mart has any more hides nothing.
-#}
with

marts as (

    {% for node in (mart_nodes() if execute else [{'name': 'none'}]) -%}
    select '{{ node.name }}' as table_name
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

audiences as (

    select * from {{ ref('publication_audiences') }}

),

named as (

    select * from {{ ref('publication_tables') }}

)

select
    marts.table_name,
    audiences.audience,
    'no row for this mart and audience' as problem
from marts
cross join audiences
left join named on marts.table_name = named.table_name and audiences.audience = named.audience
where named.table_name is null
union all
select
    named.table_name,
    named.audience,
    'there is no such mart' as problem
from named
left join marts on named.table_name = marts.table_name
where marts.table_name is null
