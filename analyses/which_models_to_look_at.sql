{#-
  Which fitted models drifted, or may? Those of this build, the worst first, with the reason in words.
-#}
with

monitoring as (

    select * from {{ ref('model_monitoring') }}

),

reference_date as (

    select as_of from {{ ref('stg_commerce__as_of') }}

),

final as (

    select
        monitoring.model,
        monitoring.model_label_en,
        monitoring.metric_label_en,
        monitoring.verdict,
        monitoring.reason,
        monitoring.reason_zh,
        monitoring.algorithm,
        monitoring.parameter_version != monitoring.reference_parameter_version as has_new_parameters,
        monitoring.reference_as_of
    from monitoring
    inner join reference_date on monitoring.as_of = reference_date.as_of
    where monitoring.verdict in ('drifted', 'watch')

)

select * from final
order by verdict asc, model asc, metric_label_en asc
