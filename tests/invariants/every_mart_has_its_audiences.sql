{#-
  Guards that somebody has decided who may see each mart: a new one is published to nobody until seed
  publication_tables names it for every audience.
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
    audiences.audience
from marts
cross join audiences
left join named on marts.table_name = named.table_name and audiences.audience = named.audience
where named.table_name is null
