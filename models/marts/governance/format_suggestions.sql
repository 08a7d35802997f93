{#-
  One row per raw column of which most values could not be read, with the declaration that would
  mend it. Empty where all is well.
-#}
-- depends_on: {{ ref('int_erasure_suppressions') }}
{%- for table in contract_tables() %}
-- depends_on: {{ ref(table.base) }}
{%- endfor %}
with

unread_columns as (

    {{ unread_columns(contract_tables()) }}

),

final as (

    select
        -- key
        source_table,
        column_name,

        -- attributes
        suggestion,

        -- measures
        cast(unread_count as bigint) as unread_count,
        cast(read_count as bigint) as read_count,
        mended_share
    from unread_columns

)

select * from final
