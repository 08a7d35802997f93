{#-
  Why were rows quarantined, and what would mend it? One row per table and reason, with the label in both
  languages. A row with two reasons is counted under both.
-#}
with

quarantined as (

    select * from {{ ref('quarantined_records') }}

),

rules as (

    select * from {{ ref('quality_rules') }}

),

reason_rows as (

    select
        quarantined.source_table,
        {{ dbt.split_part('reason_list.reason', "':'", 1) }} as rule,
        {{ dbt.split_part('reason_list.reason', "':'", 2) }} as column_name
    from quarantined
    {{ explode_array(split_text('quarantined.reasons', '; '), 'reason_list', 'reason') }}

),

final as (

    select
        reason_rows.source_table,
        reason_rows.column_name,
        rules.label_en,
        rules.label_zh,
        rules.how_to_mend,
        count(*) as row_count
    from reason_rows
    inner join rules on reason_rows.rule = rules.rule
    group by
        reason_rows.source_table, reason_rows.column_name, rules.label_en, rules.label_zh, rules.how_to_mend

)

select * from final
order by row_count desc, source_table asc, column_name asc, label_en asc
