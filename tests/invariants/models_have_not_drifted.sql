-- Names the fitted models of this build that drifted since the one they are compared with: their scores go on being
-- published, and somebody should look. A warning, not an error: the data are right, the model may not be.
{{ config(severity='warn') }}
with

reference_date as (

    select as_of from {{ ref('stg_commerce__as_of') }}

)

select
    monitoring.model,
    monitoring.metric,
    monitoring.value,
    monitoring.reason
from {{ ref('model_monitoring') }} as monitoring
inner join reference_date on monitoring.as_of = reference_date.as_of
where monitoring.is_drifted
