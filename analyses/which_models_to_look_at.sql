{#-
  Which fitted models drifted, or may? Those of the newest build that was captured, the worst first, with the reason in words.
-#}
with

monitoring as (

    select * from {{ ref('model_monitoring') }}

),

newest as (

    select max(as_of) as as_of from monitoring

),

final as (

    select
        monitoring.model,
        monitoring.model_label_en,
        monitoring.metric_label_en,
        monitoring.verdict,
        monitoring.reason_en,
        monitoring.reason_zh,
        monitoring.algorithm,
        monitoring.parameter_version != monitoring.reference_parameter_version as has_new_parameters,
        monitoring.reference_as_of
    from monitoring
    inner join newest on monitoring.as_of = newest.as_of
    where monitoring.verdict in ('drifted', 'watch')

)

select * from final
order by verdict asc, model asc, metric_label_en asc
