{#- One row per segmentation, part (all, half a, half b) and sampled customer: the points that clusters are fitted on. -#}
with

points as (

    select * from {{ ref('int_cluster_points') }}
    where is_sampled

),

final as (

    {%- for part in ["'all'", 'half'] %}

    select
        -- key
        {{ part }} as part,
        segmentation,
        customer_id,

        -- attributes
        is_sampled,
        half,

        -- measures: the features as they are (v) and standardised (f)
        {%- for number in range(1, 7) %}
        v{{ number }},
        {%- endfor %}
        {%- for number in range(1, 7) %}
        f{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from points
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
