{#-
  One row per raw row of a contract table: parsed, judged, and kept whatever its fate. Rows of people
  who asked for erasure never get further than their table, money and delivery (erased_rows.sql).

  Added columns
    row_status       accepted · duplicate · quarantined · after_as_of · erased
    is_erased        true for rows of people who asked for erasure; their orders stay accepted
    account_scope    where the account id is unique: the source system or the id space that it shares
                     with others; with a number behind it for people who came back after an erasure
                     (for referrals referrer_account_scope and referred_account_scope)
    guest_key        orders without an account: the guest, see macros/governance/keys.sql
    row_reasons      every rule the row breaks, `rule:column`, separated by `; ` (seed quality_rules explains them)
    row_corrections  fields changed while reading, `rule:column`
    row_flags        findings that do not reject the row, `rule:column`
    raw_record       the raw row as JSON with personal values masked, quarantined rows only
    currency, rate_to_base   where the table has money: base-currency units for 1

  Rows that are written plainly (plain_rows.sql) are read as they stand, others closely (sorted_rows).

  A row is validated first; valid rows known at `as_of` compete for their key: the newest
  `_loaded_at` wins (nulls last), then `updated_at`, then the row's text, then what was corrected least.

    suppressions  relation with the keys of erased people; default: the list of this build. What is
                  read before that list is made takes the list of the last build (a trace, see
                  base_members__account_traces)
-#}
{% macro base_table(table, suppressions=none) %}
{%- set of_people = speaks_of_people(table) -%}
{{ judged_rows(table, (suppressions or ref('int_erasure_suppressions')) if of_people) }}
{%- if of_people -%}
,

{{ erased_rows_ctes(table, 'judged_rows') }}

select * from survivors
{%- else %}

select
    *,
    false as is_erased
from judged_rows
{%- endif %}
{% endmacro %}


{#- The CTEs of a base table up to `judged_rows`: every raw row with its fate, erasures apart. -#}
{% macro judged_rows(table, suppressions=none) %}
{%- set contract = raw_table_contract(table) -%}
{%- set columns = contract.columns -%}
{%- set names = columns | map(attribute='name') | list -%}
{%- set happened = contract.happened -%}
{%- set happened_type = (columns | selectattr('name', 'equalto', happened) | map(attribute='type') | first) if happened else none -%}
{%- set event = {'name': happened, 'type': happened_type} -%}
{%- set has_money = 'amount' in contract -%}
{%- set is_child = 'parent' in contract -%}
{%- set has_currency = 'currency' in names and has_money -%}
{%- set delivered = "coalesce(_loaded_at, updated_at)" if 'updated_at' in names else '_loaded_at' -%}
{%- set as_of_is_set = as_of_setting() is not none -%}
{%- set known_by_event = as_of_is_set and var('as_of_known_by') == 'event' -%}
{#- of a past day by its events, a row without a time of its own is as old as its delivery; a thing without times is known -#}
{%- set is_too_new = delivered ~ ' >= ' ~ local_midnight(as_of_setting()) if as_of_is_set -%}
{%- set is_too_new = happened ~ ' is null and ' ~ is_too_new if known_by_event and happened else is_too_new -%}
{%- set asks_delivery = as_of_is_set and (happened or not known_by_event) -%}
{%- set rules_of_row = row_rules(contract, columns, happened, has_currency) -%}
{#- rates are needed to find as_of, so they know only an as_of that is set by var -#}
{%- set knows_as_of = table not in ('orders', 'exchange_rates') -%}
{%- set inline = per_engine('not materialized', '') -%}
{#- what later steps read of a row -#}
{%- set kept = names + ['_loaded_at', 'unparseable_line', '_loaded_at__raw'] -%}
{%- for name in names -%}{%- do kept.append(name ~ '__raw') -%}{%- endfor -%}
{%- if has_money -%}{%- do kept.append('rate_to_base') -%}{%- endif -%}
{%- if is_child -%}{%- do kept.extend(['parent_is_accepted', 'parent_currency']) -%}{%- endif -%}
{%- if knows_as_of -%}{%- do kept.extend(['as_of', 'as_of_at']) -%}{%- endif -%}
{%- set judged_columns = kept + ['own_reasons', 'row_corrections', 'row_flags'] -%}
{{ sorted_rows(table) }},

{% if suppressions -%}
{{ erasure_list_ctes(suppressions) }},

{{ named_rows_cte(table) }},

{% endif -%}
{% if has_currency and table != 'exchange_rates' or is_child -%}
daily_rates as (

    select * from {{ ref('stg_external__daily_rates') }}

),

{% endif -%}
{% if is_child -%}
-- the order of a line, payment or return gives it its currency and decides whether it counts
parent_orders as (

    select
        order_id,
        max(case when row_status = 'accepted' then 1 else 0 end) as parent_is_accepted,
        max(currency) as parent_currency,
        max(rate_to_base) as parent_rate
    from {{ ref('base_commerce__orders') }}
    where row_status in ('accepted', 'after_as_of', 'erased') and order_id is not null
    group by order_id

),

{% endif -%}
{% if knows_as_of -%}
reference_date as (

    select
        as_of,
        as_of_at
    from {{ ref('stg_commerce__as_of') }}

),

{% endif -%}
{% if is_child -%}
{{ erased_references('order_id', 'named_rows', ref('base_commerce__orders')) }},

{% endif -%}
{% if happened -%}
-- the latest plausible time: 400 days after nearly all rows of this table
event_texts as {{ inline }} (

    select
        {{ happened }}__plain as read_plain,
        case when {{ happened }}__plain is null then {{ trim_blanks(happened ~ '__raw', folded=true) }} end as event__text
    from read_rows

),

event_plain as {{ inline }} (

    select
        *,
        {{ or_read_again(table, event, 'read_plain', 'event__text') }} as event__plain
    from event_texts

),

event_forms as {{ inline }} (

    select
        event__plain,
        {{ form_if_not_plain(table, event, 'event_') }} as event__form
    from event_plain

),

event_times as {{ inline }} (

    select cast({{ value_of_form(happened_type, 'event_') }} as timestamp) as event_at
    from event_forms

),

time_limit as (

    select
        percentile_cont(0.999) within group (order by cast({{ epoch_seconds('event_at') }} as double))
            + 400 * 86400e0 as max_seconds
    from event_times

),

{% endif -%}
{% if has_currency -%}
last_rates as (

    select
        currency as rate_currency,
        max(rate_date) as last_rate_date
    from daily_rates
    group by currency

),

{% endif -%}
{{ in_context_cte('plain_in_context', 'plain_rows', contract, has_currency, knows_as_of) }},

-- a plain row can break a rule about the whole row only: all are asked in one condition, then one by one
plain_suspected as {{ inline }} (

    select
        *,
        false {% for rule in rules_of_row if rule.of_plain is not defined %} or coalesce({{ rule.condition }}, false){% endfor %} as is_suspect
    from plain_in_context

),

plain_judged as {{ inline }} (

    select
        {{ kept | join(', ') }},
        case when is_suspect then nullif(concat_ws(
            '; ',
            cast(null as string)
            {%- for rule in rules_of_row if rule.rule and rule.of_plain != 'never' %},
            case when {{ rule.condition }} then '{{ rule.rule }}' end
            {%- endfor %}
        ), '') end as own_reasons,
        cast(null as string) as row_corrections,
        {{ flags_found(contract) }} as row_flags
    from plain_suspected
    {{ computed_once() }}

),

{{ in_context_cte('closely_in_context', 'closely_read', contract, has_currency, knows_as_of) }},

-- every rule that the row breaks, every field that was changed
closely_judged as {{ inline }} (

    select
        *,
        nullif(concat_ws(
            '; ',
            case when unparseable_line is not null then 'unparseable_record' end
            {%- for column in columns -%}
            {%- for reason in column_reasons(contract, column) %},
            case when unparseable_line is null and {{ reason.condition }} then '{{ reason.rule }}:{{ column.name }}' end
            {%- endfor -%}
            {%- endfor -%}
            {%- for rule in rules_of_row if rule.rule %},
            case when {{ rule.condition }} then '{{ rule.rule }}' end
            {%- endfor %}
        ), '') as own_reasons,
        nullif(concat_ws(
            '; '
            {%- for column in columns %},
            {{ column_correction(contract, column) }}
            {%- endfor %}
        ), '') as row_corrections,
        {{ flags_found(contract, read_closely=true) }} as row_flags
    from closely_in_context
    {{ computed_once() }}

),

-- read twice, so worked out once: of what was written only what is asked again
kept_rows as {{ per_engine('materialized', '') }} (

    select
        {%- for column in kept if not column.endswith('__raw') %}
        {{ column }},
        {%- endfor %}
        {%- for column in kept if column.endswith('__raw') %}
        case when is_contested or own_reasons is not null then {{ column }} end as {{ column }},
        {%- endfor %}
        own_reasons,
        row_corrections,
        row_flags,
        is_contested,
        case when is_contested then concat_ws('|'{% for name in names %}, coalesce({{ name }}__trimmed, ''){% endfor %}) end as row_text
    from closely_judged

),

contested as (

    select * from kept_rows where is_contested

),

{% if table == 'orders' -%}
keys_in_two_systems as (

    select order_id
    from contested
    where own_reasons is null
    group by order_id
    having count(distinct source_system) > 1

),

{% endif -%}
{% set competes -%}
own_reasons is null
{%- if table == 'orders' %} and order_id not in (select order_id from keys_in_two_systems){% endif -%}
{%- if asks_delivery %} and not coalesce({{ is_too_new }}, false){% endif -%}
{%- if happened and (knows_as_of or as_of_is_set) %} and coalesce(not ({{ is_after_as_of(happened, happened_type, knows_as_of) }}), true){% endif -%}
{%- endset -%}
ranked as (

    select
        {{ judged_columns | join(', ') }},
        {%- if table == 'orders' %}
        case when own_reasons is null and order_id in (select order_id from keys_in_two_systems)
            then 'key_in_two_systems:order_id' end as key_reason,
        {%- endif %}
        case when {{ competes }} then row_number() over (
            partition by {{ contract.key | join(', ') }}, {{ competes }}
            order by
                _loaded_at desc nulls last,
                {%- if 'updated_at' in names %}
                updated_at desc nulls last,
                {%- endif %}
                row_text desc,
                row_corrections asc nulls first
        ) end as delivery_rank
    from contested
    {%- for source in ['kept_rows', 'plain_judged'] %}

    union all

    select
        {{ judged_columns | join(', ') }},
        {%- if table == 'orders' %}
        cast(null as string) as key_reason,
        {%- endif %}
        1 as delivery_rank
    from {{ source }}
    {{ 'where not is_contested' if source == 'kept_rows' }}
    {%- endfor %}

),

{% if table == 'orders' and not as_of_is_set -%}
-- the day after the newest order that stands and is not cancelled
reference_date as (

    select {{ add_days(local_date('max(ordered_at)'), 1) }} as as_of
    from ranked
    where own_reasons is null and key_reason is null and delivery_rank = 1 and status != 'cancelled'

),

{% endif -%}
with_status as {{ inline }} (

    select
        *,
        {{ 'coalesce(own_reasons, key_reason)' if table == 'orders' else 'own_reasons' }} as row_reasons,
        case
            {%- if asks_delivery %}
            when {{ is_too_new }} then 'after_as_of'
            {%- endif %}
            when own_reasons is not null {{ 'or key_reason is not null' if table == 'orders' }} then 'quarantined'
            {%- if happened and (knows_as_of or as_of_is_set or table == 'orders') %}
            when {{ is_after_as_of(happened, happened_type, knows_as_of or not as_of_is_set) }} then 'after_as_of'
            {%- endif %}
            {%- if is_child %}
            when parent_is_accepted = 0 then 'after_as_of'
            {%- endif %}
            when delivery_rank > 1 then 'duplicate'
            else 'accepted'
        end as row_status
    from ranked
    {%- if table == 'orders' and not as_of_is_set %}
    cross join (select as_of, {{ local_midnight('as_of') }} as as_of_at from reference_date) as derived_date
    {%- endif %}

),

judged_rows as {{ inline }} (

    select
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        {%- if is_child and 'currency' not in names %}
        parent_currency as currency,
        {%- elif has_money and 'currency' not in names %}
        {{ text_literal(var('base_currency')) }} as currency,
        {%- endif %}
        {%- if has_money %}
        rate_to_base,
        {%- endif %}
        _loaded_at,
        row_status,
        row_reasons,
        case when row_status = 'accepted' then row_corrections end as row_corrections,
        case when row_status = 'accepted' then row_flags end as row_flags,
        case when row_status = 'quarantined' then {{ masked_raw_record(contract) }} end as raw_record
    from with_status

)
{%- endmacro %}


{#- One CTE: rows of a table with what their rules ask besides: rates, the order they belong to, the reference date, the latest plausible time. -#}
{% macro in_context_cte(name, source, contract, has_currency, knows_as_of) -%}
{%- set happened = contract.happened -%}
{%- set is_child = 'parent' in contract -%}
{{ name }} as {{ per_engine('not materialized', '') }} (

    select
        typed.*
        {%- if has_currency %},
        case
            when typed.currency = {{ text_literal(var('base_currency')) }} then 1e0
            else daily_rates.rate
        end as rate_to_base
        {%- elif is_child %},
        parent_orders.parent_rate as rate_to_base
        {%- elif 'amount' in contract %},
        1e0 as rate_to_base
        {%- endif %}
        {%- if is_child %},
        parent_orders.parent_is_accepted,
        parent_orders.parent_currency
        {%- endif %}
        {%- if knows_as_of %},
        reference_date.as_of,
        reference_date.as_of_at
        {%- endif %}
        {%- if happened %},
        time_limit.max_seconds
        {%- endif %}
    from {{ source }} as typed
    {%- if has_currency %}
    {%- set money_day = contract.get('money_day', happened) %}
    left join last_rates on typed.currency = last_rates.rate_currency
    left join daily_rates
        on
            typed.currency = daily_rates.currency
            and daily_rates.rate_date = least(
                {{ local_date('typed.' ~ money_day) if money_day != 'start_date' else 'typed.start_date' }},
                last_rates.last_rate_date
            )
    {%- endif %}
    {%- if is_child %}
    left join erased_order_ids on typed.order_id = erased_order_ids.order_id
    left join parent_orders on coalesce(erased_order_ids.token, typed.order_id) = parent_orders.order_id
    {%- endif %}
    {%- if knows_as_of %}
    cross join reference_date
    {%- endif %}
    {%- if happened %}
    cross join time_limit
    {%- endif %}

)
{%- endmacro %}


{#- True where the row's time lies at or after the build's reference date. -#}
{% macro is_after_as_of(happened, type, from_relation) -%}
    {%- set as_of = 'as_of' if from_relation else as_of_setting() -%}
    {%- if type == 'date' -%}{{ happened }} >= {{ as_of }}
    {%- elif from_relation -%}{{ happened }} >= as_of_at
    {%- else -%}{{ happened }} >= {{ local_midnight(as_of) }}
    {%- endif -%}
{%- endmacro %}


{#- Accepted rows of a base model, without the columns that only judge them. -#}
{% macro accepted_rows(base_model, table) %}
{%- set contract = raw_table_contract(table) -%}
{%- set names = contract.columns | map(attribute='name') | list -%}
select
    {%- for name in names %}
    {{ name }},
    {%- endfor %}
    {%- for name in names if name.endswith('account_id') %}
    {{ name | replace('account_id', 'account_scope') }},
    {%- endfor %}
    {%- if table == 'orders' %}
    guest_key,
    is_erased,
    {%- endif %}
    {%- if 'amount' in contract %}
    {%- if 'currency' not in names %}
    currency,
    {%- endif %}
    rate_to_base,
    {%- endif %}
    row_flags,
    _loaded_at
from {{ base_model }}
where row_status = 'accepted'
{% endmacro %}
