{#- Guards the meaning of a driver's weight: within metric and scope the weights share out exactly what all drivers together explain. Weights are rounded to nine decimals, so twelve of them may miss by 1e-6. -#}
select
    metric,
    dimension,
    dimension_value,
    sum(relative_weight) as weights,
    sum(r_squared_share) - max(r_squared) as unshared
from {{ ref('satisfaction_drivers') }}
group by metric, dimension, dimension_value
having
    abs(sum(relative_weight) - 1e0) > 1e-6
    or abs(sum(r_squared_share) - max(r_squared)) > 1e-6
    or count(*) != count(relative_weight) and max(r_squared) > 0e0
    or min(relative_weight) < -1e-6
