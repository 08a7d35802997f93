{#- One row per governed metric: its name and definition in two languages, unit, owner, and the mart that says the same. -#}
{%- set words = ['label_zh', 'definition_zh', 'unit', 'better', 'owner_role_en', 'owner_role_zh', 'source_mart'] -%}
with

-- the texts stand with the metrics in models/metrics
definitions as (

    {%- for metric in governed_metrics() %}

    select
        {{ text_literal(metric.name) }} as metric,
        {{ text_literal(metric.path.split('/')[-1].split('.')[0]) }} as topic,
        {{ text_literal(metric.label) }} as label_en,
        {{ text_literal(metric.description) }} as definition_en,
        {%- for word in words %}
        {{ text_literal(metric.config.meta.get(word, '')) }} as {{ word }},
        {%- endfor %}
        {{ text_literal(metric.type.value if metric.type.value is defined else metric.type) }} as calculation
    {{ 'union all' if not loop.last }}
    {%- else %}

    select
        {%- for word in ['metric', 'topic', 'label_en', 'definition_en'] + words %}
        cast(null as string) as {{ word }},
        {%- endfor %}
        cast(null as string) as calculation
    where false
    {%- endfor %}

),

final as (

    select
        -- key
        metric,

        -- names and meaning
        topic,
        label_en,
        label_zh,
        definition_en,
        definition_zh,

        -- how to read it
        unit,
        better,
        calculation,

        -- whose, and where the same is found
        owner_role_en,
        owner_role_zh,
        source_mart
    from definitions

)

select * from final
