{#- Guards that every reason in quarantine has a meaning and a remedy that a reader can look up. -#}
with

reasons as (

    select {{ dbt.split_part('reasons.reason', "':'", 1) }} as rule
    from {{ ref('quarantined_records') }} as records
    {{ explode_array(split_text('records.reasons', '; '), 'reasons', 'reason') }}

)

select reasons.rule
from reasons
left join {{ ref('quality_rules') }} as rules on reasons.rule = rules.rule
where rules.rule is null
group by reasons.rule
