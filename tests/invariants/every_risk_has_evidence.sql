{#- Guards that nobody is called at risk without saying why: flag, reasons, main reason and evidence come together, and each reason is a rule. -#}
select satisfaction.customer_id
from {{ ref('customer_satisfaction') }} as satisfaction
left join {{ ref('satisfaction_risk_rules') }} as rules
    on satisfaction.main_risk_reason = rules.reason
where
    satisfaction.is_at_risk != (satisfaction.risk_reason_count > 0)
    or satisfaction.is_at_risk != (satisfaction.risk_evidence is not null)
    or satisfaction.is_at_risk != (satisfaction.risk_reasons is not null)
    or satisfaction.is_at_risk != (rules.reason is not null)
