"""Rules in words: the splits of scikit-learn, SQL that finds the same customers, reasons for small shops."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from behaviour_project import BehaviourProject
from engines import ROOT

FEATURES = [
    line.split(",")[0]
    for line in (ROOT / "seeds/reference/segment_rule_features.csv").read_text("utf-8").splitlines()[1:]
]
MACROS = ["cross_db", "materializations", "scoring", "statistics"]


class RulesProject(BehaviourProject):
    """The models of segment_rules on customers that a test makes up."""

    def __init__(self, folder: Path) -> None:
        names = [path.stem for path in ROOT.glob("models/intermediate/value/int_rule_*.sql")]
        super().__init__(folder, [*names, "segment_rules"], schema="rules_test", macros=MACROS)
        for seed in ("segment_rule_features", "segment_rule_targets", "rfm_business_groups"):
            self.copy_seed(seed)

    def describe(self, people: list[dict[str, float | str | None]]) -> None:
        """One dictionary a buyer: features, business_group, cluster, value_tier, probability_alive."""
        columns = ["customer_id", *FEATURES, "business_group", "cluster", "value_tier", "probability_alive"]
        types = dict.fromkeys(columns, "double") | dict.fromkeys(("customer_id", "business_group", "value_tier"), "string")
        rows = [[f"c{n:05d}", *(person.get(column) for column in columns[1:])] for n, person in enumerate(people)]
        self.seed("people", types | {"cluster": "int"}, rows)
        people_ref = "{{ ref('people') }}"
        self.view("customer_profiles", f"select * from {people_ref}")
        self.view("customer_rfm", f"select * from {people_ref}")
        self.view("customer_clv", f"select * from {people_ref}")
        self.view(
            "customer_segments",
            "select 'buyers' as segmentation, *, concat('group ', cluster) as cluster_label,"
            f" concat('群', cluster) as cluster_label_zh from {people_ref} where cluster is not null",
        )


def _people(count: int, seed: int = 5) -> list[dict[str, float | str | None]]:
    rng = random.Random(seed)
    people: list[dict[str, float | str | None]] = []
    for _ in range(count):
        person: dict[str, float | str | None] = {
            feature: round(rng.expovariate(0.1), 2) if rng.random() > 0.1 else None for feature in FEATURES
        }
        person |= {"order_count": rng.randint(1, 12), "net_revenue": round(rng.lognormvariate(5, 1), 2)}
        person["days_since_last_order"] = rng.randint(1, 400)
        orders, revenue, quiet = (float(person[name] or 0) for name in ("order_count", "net_revenue", "days_since_last_order"))
        loyal = "high_value_loyal" if revenue > 150 else "frequent_small_basket"
        person["business_group"] = loyal if orders > 6 else "churn_warning" if quiet > 200 else "ordinary"
        person["cluster"] = 1 if orders + rng.gauss(0, 2) > 5 else 2
        person["value_tier"] = "high" if revenue * (1 + 0.5 * (person["points_balance"] or 0) / 10) > 250 else "low"
        tenure = float(person["tenure_days"] or 0)
        person["probability_alive"] = 0.2 if rng.random() < (0.8 if tenure > 12 else 0.1) else 0.9
        people.append(person)
    return people


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RulesProject:
    project = RulesProject(tmp_path_factory.mktemp("rules"))
    project.describe(_people(3000))
    project.build()
    return project


def test_planted_rules_are_found(rules: RulesProject) -> None:
    query = (
        f"select class, conditions_en, precision, lift_low, conditions_zh from {rules.schema}.segment_rules"
        " where target = '{}' order by rule_no"
    )
    found = rules.fetch(query.format("value_segment"))
    assert len(found) >= 4
    best = {row[0]: row for row in reversed(found)}
    assert "orders more than 6" in best["high_value_loyal"][1] and "订单数大于6" in best["high_value_loyal"][4]
    assert "days since the last order more than" in best["churn_warning"][1]
    assert all(best[name][2] > 0.9 and best[name][3] > 1 for name in ("high_value_loyal", "churn_warning"))
    (risk, *_) = rules.fetch(query.format("churn_risk"))
    assert "days since first seen more than 1" in risk[1] and risk[2] == pytest.approx(0.8, abs=0.06)
    # what the target is computed from is not read
    words = " ".join(row[1] for row in rules.fetch(query.format("churn_risk")))
    assert "last order" not in words and "orders of the last" not in words


def test_the_sql_finds_the_same_customers(rules: RulesProject) -> None:
    rows = rules.fetch(f"select target, rule_sql, customers from {rules.schema}.segment_rules where rule_no > 0")
    assert len(rows) > 12
    for target, sql, customers in rows:
        found = rules.fetch(sql)
        assert len(found) == len(set(found)) == customers, (target, sql)


def test_splits_are_those_of_scikit_learn(rules: RulesProject) -> None:
    """On the same bins, with the same smallest leaf and gain: the same partition of the customers."""
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier

    schema = rules.schema
    points = rules.fetch(f"select customer_no, feature_no, bin from {schema}.int_rule_points")
    forbidden = rules.fetch(f"select not_for, feature_no from {schema}.segment_rule_features where not_for is not null")
    bins: dict[int, dict[int, int]] = {}
    for customer, feature, number in points:
        bins.setdefault(customer, {})[feature] = number
    for target in ("value_segment", "cluster", "high_clv", "churn_risk"):
        rows = rules.fetch(
            f"select customer_no, class, node_no from {schema}.int_rule_tree where target = '{target}' order by 1"
        )
        used = [n for n in range(1, len(FEATURES) + 1) if (target, n) not in forbidden]
        inputs = np.array([[bins[row[0]][n] for n in used] for row in rows])
        classes = np.array([row[1] for row in rows])
        shares = np.unique(classes, return_counts=True)[1] / len(classes)
        oracle = DecisionTreeClassifier(
            max_depth=3,
            min_samples_leaf=max(20, -(-len(rows) * 2 // 100)),
            min_impurity_decrease=0.005 * (1 - float((shares**2).sum())),
            random_state=0,
        ).fit(inputs, classes)
        pairs = set(zip(oracle.apply(inputs).tolist(), (row[2] for row in rows), strict=True))
        leaves = {leaf for leaf, _ in pairs}
        assert len(leaves) > 1 and len(pairs) == len(leaves) == len({node for _, node in pairs}), target


def test_features_of_macro_and_seed_agree(rules: RulesProject) -> None:
    text = (ROOT / "macros/scoring/segment_rules.sql").read_text("utf-8")
    names = text.split("return([")[1].split("])")[0].replace("'", "").replace(",", " ").split()
    assert names == FEATURES
    numbers = rules.fetch(f"select feature_no from {rules.schema}.segment_rule_features order by 1")
    assert [row[0] for row in numbers] == list(range(1, len(FEATURES) + 1))


def test_small_shops_get_a_reason(tmp_path: Path) -> None:
    for count, reason in ((0, "no customer has this target"), (30, "too few customers: 30")):
        (tmp_path / str(count)).mkdir()
        project = RulesProject(tmp_path / str(count))
        people = _people(count)
        for person in people:
            person["cluster"] = 1
        project.describe(people)
        project.build()
        rows = project.fetch(f"select target, rule_no, reason, customers, rule_sql from {project.schema}.segment_rules")
        assert len(rows) == 4 and {row[1] for row in rows} == {0} and {row[3] for row in rows} == {count}
        assert {row[2] for row in rows if row[0] != "cluster"} == {reason} and {row[4] for row in rows} == {None}
        if count:
            assert [row[2] for row in rows if row[0] == "cluster"] == ["all customers are of one class"]
