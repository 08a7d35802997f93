{#-
  What a line of an order recommends: the product, or what var recommendation_product_level names. Shops
  with tens of thousands of articles that differ in size and colour learn more from the subcategory.
    relation  with product_id, category and subcategory
-#}
{% macro recommendation_product(relation) -%}
    {%- set level = var('recommendation_product_level') -%}
    {%- if level == 'category' -%}{{ relation }}.category
    {%- elif level == 'subcategory' -%}coalesce({{ relation }}.subcategory, {{ relation }}.category)
    {%- else -%}{{ relation }}.product_id{%- endif -%}
{%- endmacro %}


{#- A number as a whole number from 1 on, halves up: weights are added up as integers, in any order.
    The millionth keeps a half that an engine's power() misses by its last digit a half. -#}
{% macro whole_weight(x) -%}
    greatest(cast(1 as bigint), cast(floor({{ x }} + 0.500001e0) as bigint))
{%- endmacro %}
