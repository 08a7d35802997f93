{#- One row per raw table of the contract: is it there, how much of it, from when to when, and how much is linked to a customer. -#}
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

inventory as (

    {%- for table in contract_tables() %}
    {%- set account_columns = table.columns | select('in', ['account_id', 'referrer_account_id']) | list %}

    select
        '{{ table.group }}' as source_group,
        '{{ table.name }}' as source_table,
        count(*) as row_count,
        sum(case when source_rows.row_status = 'accepted' then 1 else 0 end) as accepted_count,
        {%- if account_columns %}
        sum(case
            when source_rows.row_status != 'accepted' then 0
            {%- if table.name == 'orders' %}
            when coalesce(source_rows.account_id, source_rows.guest_email, source_rows.guest_phone) is not null then 1
            {%- elif 'required' in table.columns['source_system'] %}
            when source_rows.{{ account_columns[0] }} is not null then 1
            {%- else %}
            when source_rows.source_system is not null and source_rows.account_id is not null then 1
            when unique_ids.account_id is not null then 1
            {%- endif %}
            else 0
        end) as linked_count,
        {%- else %}
        cast(null as bigint) as linked_count,
        {%- endif %}
        {%- if table.happened %}
        cast(min(case when source_rows.row_status = 'accepted' then source_rows.{{ table.happened }} end) as timestamp) as first_event_at,
        cast(max(case when source_rows.row_status = 'accepted' then source_rows.{{ table.happened }} end) as timestamp) as last_event_at,
        {%- else %}
        cast(null as timestamp) as first_event_at,
        cast(null as timestamp) as last_event_at,
        {%- endif %}
        max(source_rows._loaded_at) as last_loaded_at
    from {{ ref(table.base) }} as source_rows
    {%- if account_columns and table.name != 'orders' and 'required' not in table.columns['source_system'] %}
    left join unique_ids on source_rows.account_id = unique_ids.account_id
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        -- key
        source_table,

        -- attributes
        source_group,
        row_count > 0 as is_present,

        -- measures
        row_count,
        cast(coalesce(accepted_count, 0) as bigint) as accepted_count,
        {{ safe_divide('linked_count', 'accepted_count') }} as linked_to_customer_share,

        -- times
        first_event_at,
        last_event_at,
        last_loaded_at
    from inventory

)

select * from final
