"""Would what is known of a person from the start foresee their orders better than their orders alone?

    python -m scripts.bench.value_covariates WAREHOUSE [WAREHOUSE ...]

For every built warehouse the orders that the chosen model of lifetime value foretells for the holdout are multiplied by a
factor of the person's group: how they registered, the channel, the category and the value of their first order. A factor is
the orders that came for each one foretold, drawn to 1 as far as groups do not differ beyond chance (moments of DerSimonian and
Laird). It is learned from half of the people and judged on the other half: its error and deviance (Poisson) as shares of
those without a factor; under 1 the covariate gains. Only covariates are tried that are known before the holdout begins.
"""

from __future__ import annotations

import sys

import duckdb
import numpy as np
import pandas as pd

COVARIATES = {
    "registration_channel": "how they registered",
    "first_channel": "channel of the first order",
    "first_category": "category of the first order",
    "first_value_quarter": "value of the first order, in quarters",
}
PEOPLE = """
with first_orders as (
    select customer_id, min_by(order_id, (ordered_at, order_id)) as order_id
    from marts.orders where status != 'cancelled' and customer_id is not null group by customer_id
),
categories as (
    select order_id, max_by(category, (net_revenue, category)) as category from marts.order_lines group by order_id
)
select
    predictions.predicted_orders as foretold, predictions.holdout_orders as came,
    coalesce(customers.registration_channel, '(none)') as registration_channel, coalesce(orders.channel, '(none)') as first_channel,
    coalesce(categories.category, '(none)') as first_category, ntile(4) over (order by orders.net_revenue, order_id) as first_value_quarter,
    row_number() over (order by md5(predictions.customer_id)) % 2 as half
from intermediate.int_holdout_predictions as predictions
inner join intermediate.int_clv_choice using (model)
left join marts.customers using (customer_id)
left join first_orders using (customer_id)
left join marts.orders using (order_id)
left join categories using (order_id)
order by md5(predictions.customer_id)
"""


def factors(people: pd.DataFrame, covariate: str) -> pd.Series:
    """Orders that came for each one foretold, by group, drawn to 1."""
    groups = people.groupby(covariate)[["came", "foretold"]].sum()
    level = people.came.sum() / people.foretold.sum()
    dispersion = ((people.came - people.foretold) ** 2).sum() / people.foretold.sum()
    ratio, weight = groups.came / (groups.foretold * level), groups.foretold * level / dispersion
    if len(groups) < 2:
        return ratio * 0 + 1
    excess = (weight * (ratio - 1) ** 2).sum() - (len(groups) - 1)
    between = max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    return 1 + (ratio - 1) * between / (between + 1 / weight)


def errors(foretold: pd.Series, came: pd.Series) -> np.ndarray:
    """Root mean squared error, and the deviance."""
    logs = np.where(came > 0, came * np.log(np.maximum(came, 1e-9) / foretold), 0)
    return np.array([np.sqrt(((foretold - came) ** 2).mean()), 2 * (logs - (came - foretold)).sum()])


def main(warehouses: list[str]) -> int:
    """One block for each warehouse."""
    if not warehouses:
        print(__doc__, file=sys.stderr)
        return 2
    for warehouse in warehouses:
        with duckdb.connect(warehouse, read_only=True) as connection:
            people = connection.execute(PEOPLE).df()
        people["foretold"] = people.foretold.clip(lower=1e-6)
        learned, judged = people[people.half == 0], people[people.half == 1]
        plain = errors(judged.foretold, judged.came)
        together = pd.Series(1.0, index=judged.index)
        print(f"{warehouse}: {len(people):,} people, half of them judged; error and deviance beside those without covariates")
        for covariate, words in COVARIATES.items():
            factor = judged[covariate].map(factors(learned, covariate)).fillna(1.0).astype(float)
            together *= factor
            error, deviance = errors(judged.foretold * factor, judged.came) / plain
            print(f"  {words:40} {error:.3f} {deviance:.3f}")
        error, deviance = errors(judged.foretold * together, judged.came) / plain
        print(f"  {'all of them':40} {error:.3f} {deviance:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
