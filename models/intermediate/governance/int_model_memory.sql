{#-
  One row per reference date, fitted model and what was captured of it: the memory of the models. Kinds:
    parameter, estimate  what it is made of (with an interval)      version   fingerprint of both
    share                people or units by bin of a population     measure   how good it was
    forecast             sums that it foretold
  Sums and parameters only, never a person. A reference date is replaced whole, so a rerun changes
  nothing; a full refresh leaves it alone, because a model of the past cannot be fitted again once data were
  corrected. A build of the past adds nothing.
-#}
{#- the matured measures of the propensities and of the value models read it as well -#}
{{ config(
    materialized='incremental',
    incremental_strategy=per_engine('delete+insert', 'insert_overwrite'),
    unique_key='as_of',
    partition_by=per_engine(none, ['as_of']),
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}
with

parameters as (

    select * from {{ ref('int_model_parameters') }}

),

shares as (

    select * from {{ ref('int_model_shares') }}

),

forecasts as (

    select * from {{ ref('int_model_forecasts') }}

),

measures as (

    select * from {{ ref('int_model_measures') }}

),

matured as (

    select * from {{ ref('int_model_matured') }}

),

build_date as (

    select * from {{ ref('int_build_date') }}

),

-- 1. parameters in words that both engines write alike
written as (

    select
        model,
        concat(
            kind, ' ', name, ' ', coalesce(algorithm, ''), ' ',
            {{ as_text('cast(' ~ round_significant('value') ~ ' as decimal(38, 10))') }}
        ) as parameter_text
    from parameters

),

versions as (

    select
        model,
        substr(md5({{ ordered_string_agg('parameter_text', '; ', 'parameter_text') }}), 1, 12) as parameter_version,
        count(*) as row_count
    from written
    group by model

),

captured as (

    select
        kind,
        model,
        name,
        'champion' as role,
        algorithm,
        cast(null as string) as detail,
        cast(null as int) as bin_no,
        value,
        low,
        high,
        cast(1 as bigint) as row_count
    from parameters
    union all
    select
        'version' as kind,
        model,
        'parameter_version' as name,
        'champion' as role,
        cast(null as string) as algorithm,
        parameter_version as detail,
        cast(null as int) as bin_no,
        cast(null as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(row_count as bigint) as row_count
    from versions
    union all
    select
        'share' as kind,
        model,
        name,
        'champion' as role,
        cast(null as string) as algorithm,
        bin as detail,
        bin_no,
        cast(null as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(row_count as bigint) as row_count
    from shares
    union all
    select
        'forecast' as kind,
        model,
        name,
        'champion' as role,
        algorithm,
        cast(null as string) as detail,
        cast(null as int) as bin_no,
        value,
        low,
        high,
        cast(row_count as bigint) as row_count
    from forecasts
    {%- for relation in ['measures', 'matured'] %}
    union all
    select
        'measure' as kind,
        model,
        name,
        role,
        algorithm,
        cast(null as string) as detail,
        cast(null as int) as bin_no,
        value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(sample_size as bigint) as row_count
    from {{ relation }}
    {%- endfor %}

),

final as (

    select
        captured.*,
        build_date.as_of
    from captured
    cross join build_date
    where not build_date.is_past

)

select * from final
