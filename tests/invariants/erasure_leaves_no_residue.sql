{#- Guards that no key of an erased person is found in the tables that all others are made from. -#}
select
    request_id,
    residue
from {{ ref('erasure_log') }}
where residue != 0
