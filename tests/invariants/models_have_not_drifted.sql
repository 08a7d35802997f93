-- Names the fitted models that drifted since the build they are compared with: their scores go on being published,
-- and somebody should look. A warning, not an error: the data are right, the model may not be.
{{ config(severity='warn') }}
with

newest as (

    select max(as_of) as as_of from {{ ref('model_monitoring') }}

)

select
    monitoring.model,
    monitoring.metric,
    monitoring.value,
    monitoring.reason_en
from {{ ref('model_monitoring') }} as monitoring
inner join newest on monitoring.as_of = newest.as_of
where monitoring.is_drifted
