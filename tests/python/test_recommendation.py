"""Recommendation against numpy, without knowledge of the future, and on very little."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.python.behaviour_project import MACROS, BehaviourProject, project_vars
from tests.python.engines import ROOT

AS_OF = dt.date(2024, 12, 31)
CUTOFF = AS_OF - dt.timedelta(days=28)
MODELS = [path.stem for path in sorted(ROOT.glob("models/*/recommendation/*.sql"))]
INPUTS = {
    "customers": "customer_id string, home_region string, age_band string, order_count bigint,"
    " has_analytics_consent boolean, has_personalisation_consent boolean",
    "order_lines": "order_id string, customer_id string, product_id string, category string,"
    " subcategory string, ordered_on date",
    "products": "product_id string, product_name string, category string, subcategory string",
    "int_touchpoints": "customer_id string, content_id string, content_topic string, feature string,"
    " category string, occurred_on date",
    "stg_commerce__subscriptions": "source_system string, account_id string, plan string, plan_rank bigint,"
    " started_at timestamp",
    "int_account_names": "source_system string, account_id string, customer_id string",
    "order_returns": "customer_id string, product_id string, return_type string, returned_on date",
    "stg_feedback__service_tickets": "ticket_type string, order_id string, topic string, opened_at timestamp",
    "stg_feedback__reviews": "source_system string, account_id string, product_id string, rating double,"
    " reviewed_at timestamp",
    "stg_commerce__as_of": "as_of date",
}
Rows = dict[str, list[tuple[Any, ...]]]


def build(folder: Path, rows: Rows, **settings: Any) -> BehaviourProject:
    """All models of recommendation on these inputs; what is not given is empty."""
    project = BehaviourProject(folder, MODELS, "recommendation_test", [*MACROS, "recommendation"])
    for name, columns in INPUTS.items():
        typed = dict(column.split(" ") for column in columns.split(", "))
        project.seed(name, typed, rows.get(name, [(AS_OF,)] if name == "stg_commerce__as_of" else []))
    for name in ("age_bands", "recommendation_rules", "recommendation_exclusions", "recommendation_item_flags"):
        project.copy_seed(name)
    result = project.dbt("build", "--vars", json.dumps(project_vars(**settings)))
    assert result.returncode == 0, result.stdout[-3000:]
    return project


def person(number: int, **changes: Any) -> tuple[Any, ...]:
    """A row of customers."""
    row = {"region": None, "age": None, "orders": 1, "analytics": True, "personal": True, **changes}
    return (f"c{number:04}", row["region"], row["age"], row["orders"], row["analytics"], row["personal"])


def bought(name: str, product: str, day: dt.date) -> tuple[Any, ...]:
    """A row of order_lines."""
    return (f"{name}-{day}", name, product, product[0], product[:2], day)


def random_shop(seed: int) -> Rows:
    """300 people, 40 products in four groups; people prefer a group, the trial period included."""
    rng = random.Random(seed)
    products = [f"{group}{number:02}" for group in "ABCD" for number in range(10)]
    lines = []
    for number in range(300):
        favourite = rng.choice("ABCD")
        for _ in range(rng.randint(1, 25)):
            group = favourite if rng.random() < 0.8 else rng.choice("ABCD")
            product = f"{group}{min(int(rng.expovariate(0.3)), 9):02}"
            lines.append(bought(f"c{number:04}", product, AS_OF - dt.timedelta(days=rng.randint(1, 400))))
    return {
        "customers": [person(number, analytics=number % 10 != 3, personal=number % 5 != 0) for number in range(300)],
        "products": [(name, f"Product {name}", name[0], name[:2]) for name in products],
        "order_lines": lines,
    }


@pytest.fixture(scope="module")
def shop() -> Rows:
    """The random shop of this module."""
    return random_shop(7)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, shop: Rows) -> BehaviourProject:
    """Its recommendations."""
    return build(tmp_path_factory.mktemp("shop"), shop)


class Reference:
    """The same method with numpy, from the lines of orders, as known on a day."""

    def __init__(self, rows: Rows, known_until: dt.date) -> None:
        self.people = sorted(row[0] for row in rows["customers"] if row[4])
        self.items = sorted(row[0] for row in rows["products"])
        days = defaultdict(set)
        for _, name, product, _, _, day in rows["order_lines"]:
            if name in self.people and day < known_until:
                days[name, product].add(day)
        shape = (len(self.people), len(self.items))
        self.age, self.has = np.zeros(shape), np.zeros(shape, bool)
        for (name, product), found in days.items():
            place = self.people.index(name), self.items.index(product)
            self.age[place], self.has[place] = (known_until - max(found)).days, True
        lengths = np.maximum(self.has.sum(1, keepdims=True), 1)
        whole = lambda x: np.where(self.has, np.maximum(1, np.floor(x + 0.5)), 0)  # noqa: E731
        teach = whole(1000 * 0.5 ** (self.age / 180) / np.sqrt(np.log2(1 + lengths)))
        # items with fewer than five customers have no neighbours
        teach = teach * (self.has.sum(0) >= 5)
        self.together = (teach > 0).astype(int).T @ (teach > 0).astype(int)
        squares = (teach**2).sum(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            cosine = (teach.T @ teach) / np.sqrt(np.outer(squares, squares))
            self.similarity = cosine * self.together / (self.together + 10)
            strength = np.maximum(1, np.floor(1e6 * self.similarity + 0.5))
        paired = (self.together >= 5) & ~np.eye(len(self.items), dtype=bool)
        self.paired = paired
        taste = whole(1000 * 0.5 ** (self.age / 90))
        self.scores = np.where(self.has, 0, taste @ np.where(paired, strength, 0))

    def best(self, name: str) -> list[str]:
        """The ten best items new to a person, ties by name."""
        row = self.scores[self.people.index(name)]
        places = sorted((-score, item) for score, item in zip(row, self.items, strict=True) if score > 0)
        return [item for _, item in places[:10]]


def test_similarities_agree_with_numpy(built: BehaviourProject, shop: Rows) -> None:
    reference = Reference(shop, AS_OF)
    rows = built.fetch(
        "select item, neighbour, similarity, co_customers from recommendation_test.product_affinities"
    )
    assert len(rows) == reference.paired.sum() > 200
    for item, neighbour, similarity, together in rows:
        place = reference.items.index(item), reference.items.index(neighbour)
        assert together == reference.together[place]
        assert similarity == pytest.approx(reference.similarity[place], rel=1e-5)


def test_lists_agree_with_numpy(built: BehaviourProject, shop: Rows) -> None:
    reference = Reference(shop, AS_OF)
    lists = defaultdict(list)
    for name, item in built.fetch(
        "select customer_id, item from recommendation_test.customer_recommendations"
        " where answer = 'new_to_you' and model = 'item_item' order by customer_id, rank"
    ):
        lists[name].append(item)
    receivers = {row[0] for row in shop["customers"] if row[4] and row[5]}
    assert set(lists) <= receivers
    assert len(lists) > 150
    for name, items in lists.items():
        assert items == reference.best(name), name


def test_trial_agrees_with_numpy(built: BehaviourProject, shop: Rows) -> None:
    """Hit rate, precision, recall and NDCG at ten, recomputed from what people bought."""
    before, after = Reference(shop, CUTOFF), Reference(shop, AS_OF)
    ideal = np.cumsum(1 / np.log2(np.arange(2, 12)))
    hits, precisions, recalls, ndcgs = [], [], [], []
    for place, name in enumerate(before.people):
        new = {before.items[i] for i in np.flatnonzero(after.has[place] & ~before.has[place])}
        if new and before.has[place].any():
            found = [item in new for item in before.best(name)]
            hits.append(any(found))
            precisions.append(sum(found) / 10)
            recalls.append(sum(found) / len(new))
            gain = sum(1 / np.log2(rank + 2) for rank, is_hit in enumerate(found) if is_hit)
            ndcgs.append(gain / ideal[min(len(new), 10) - 1])
    (row,) = built.fetch(
        "select trial_customers, hit_rate, precision, recall, ndcg from recommendation_test.recommendation_performance"
        " where item_type = 'product' and answer = 'new_to_you' and model = 'item_item' and k = 10"
    )
    assert row[0] == len(hits) > 30
    assert row[1:] == pytest.approx([np.mean(x) for x in (hits, precisions, recalls, ndcgs)], rel=1e-5)


def test_consent_decides_who_receives(built: BehaviourProject, shop: Rows) -> None:
    receivers = {row[0] for row in shop["customers"] if row[4] and row[5]}
    rows = built.fetch("select distinct customer_id from recommendation_test.customer_recommendations")
    assert {name for (name,) in rows} == receivers


def test_new_was_never_bought_and_again_always(built: BehaviourProject, shop: Rows) -> None:
    owned = {(row[1], row[2]) for row in shop["order_lines"]}
    rows = built.fetch("select customer_id, item, answer from recommendation_test.customer_recommendations")
    assert {answer for *_, answer in rows} == {"new_to_you", "buy_again"}
    for name, item, answer in rows:
        assert ((name, item) in owned) == (answer == "buy_again")


def test_trial_knows_nothing_of_the_future(
    tmp_path: Path, built: BehaviourProject, shop: Rows
) -> None:
    """Purchases of the trial period are changed at random: what the trial learned stays the same."""
    rng = random.Random(1)
    changed = [
        (order, name, rng.choice("ABCD") + product[1:], *rest, day) if day >= CUTOFF else (order, name, product, *rest, day)
        for order, name, product, *rest, day in shop["order_lines"]
    ]
    other = build(tmp_path, {**shop, "order_lines": changed})
    learned = (
        "select item_number, neighbour_number, similarity, neighbour_rank"
        " from recommendation_test.int_recommendation_similarities where fit = 0 order by 1, 2",
        "select takers.customer_number, scores.item_number, scores.score"
        " from recommendation_test.int_recommendation_scores as scores"
        " inner join recommendation_test.int_recommendation_takers as takers on scores.taker_number = takers.taker_number"
        " where takers.fit = 0 and takers.customer_number in ({}) order by 1, 2",
    )
    assert built.fetch(learned[0]) == other.fetch(learned[0]) != []
    trial = "select distinct customer_number from recommendation_test.int_recommendation_takers where fit = 0 and answer = 'new_to_you'"
    both = {row[0] for row in built.fetch(trial)} & {row[0] for row in other.fetch(trial)}
    scores = learned[1].format(", ".join(map(str, sorted(both))))
    assert built.fetch(scores) == other.fetch(scores) != []
    # and the future did change what is recommended today
    today = "select item, neighbour, similarity from recommendation_test.product_affinities order by 1, 2"
    assert built.fetch(today) != other.fetch(today)


def thirty(days: Iterable[int], products: Iterable[str]) -> Rows:
    """Thirty people who all bought the same."""
    products = list(products)
    return {
        "customers": [person(number, region="North") for number in range(30)],
        "products": [(name, name, "A", "A1") for name in products],
        "order_lines": [
            bought(f"c{number:04}", product, AS_OF - dt.timedelta(days=ago))
            for number in range(30) for ago in days for product in products
        ],
    }  # fmt: skip


def test_one_item_leaves_nothing_new(tmp_path: Path) -> None:
    project = build(tmp_path, thirty([100, 70, 40, 10], ["A01"]))
    rows = project.fetch(
        "select answer, item, min(reason), count(*) from recommendation_test.customer_recommendations group by 1, 2"
    )
    assert rows == [("buy_again", "A01", "You bought A01 on 4 days; the last time 10 days ago", 30)]
    assert project.fetch("select count(*) from recommendation_test.product_affinities") == [(0,)]
    verdicts = project.fetch(
        "select item_type, answer, verdict, count(*), count(hit_rate) from recommendation_test.recommendation_performance"
        " group by 1, 2, 3 order by 1, 2"
    )
    assert verdicts == [
        ("content", "new_to_you", "no_data", 6, 0),
        ("product", "buy_again", "not_better", 6, 6),
        ("product", "new_to_you", "too_few_people", 6, 0),
        ("service", "new_to_you", "no_data", 6, 0),
    ]


def test_what_was_bought_yesterday_is_offered_unless_the_shop_says_no(tmp_path: Path) -> None:
    """Exclusion `too_recent` is off; switched on, it holds in the lists and in the trial that judges them, not for the lists that ours is measured by."""
    measured = (
        "select model, hit_rate from recommendation_test.recommendation_performance"
        " where answer = 'buy_again' and k = 10 order by 1"
    )
    offered = "select distinct item from recommendation_test.customer_recommendations where answer = 'buy_again'"
    # on the trial's first day A01 is two days old, A02 thirty-four of its thirty-six
    rows = thirty([126, 90, 62], ["A02"])
    rows["products"] += [("A01", "A01", "A", "A1")]
    rows["order_lines"] += thirty([120, 90, 60, 30, 1], ["A01"])["order_lines"]
    project = build(tmp_path, rows)
    assert set(project.fetch(offered)) == {("A01",), ("A02",)}
    assert project.fetch(measured) == [("own_rhythm", 1), ("popularity", 1), ("repeat_purchase", 1)]

    seed = tmp_path / "seeds" / "recommendation_exclusions.csv"
    text = seed.read_text(encoding="utf-8")
    changed = text.replace("too_recent,product,buy_again,0.25,,,false", "too_recent,product,buy_again,0.25,,,true")
    assert changed != text
    seed.write_text(changed, encoding="utf-8")
    project.build()
    assert project.fetch(offered) == [("A02",)]
    assert project.fetch(measured) == [("own_rhythm", 0), ("popularity", 1), ("repeat_purchase", 1)]


def test_what_nobody_buys_twice_is_not_offered_again(tmp_path: Path) -> None:
    """An item without repeats is drawn to the shop's rhythm: with many buyers its chance is too small to show."""
    rows = thirty([300, 200, 100, 10], ["A01"])
    rows["products"] += [("B01", "B01", "B", "B1")]
    rows["order_lines"] += thirty([300], ["B01"])["order_lines"]
    # sold of late to somebody else, so that it is not taken for gone
    rows["customers"] += [person(50)]
    rows["order_lines"] += [bought("c0050", "B01", AS_OF - dt.timedelta(days=5))]
    project = build(tmp_path, rows)
    items = project.fetch("select distinct item from recommendation_test.customer_recommendations where answer = 'buy_again'")
    assert items == [("A01",)]


def test_without_consent_nobody_receives(tmp_path: Path) -> None:
    rows = thirty([70, 10], ["A01", "A02"])
    rows["customers"] = [person(number, analytics=number < 10, personal=number >= 10) for number in range(30)]
    project = build(tmp_path, rows)
    assert project.fetch("select count(*) from recommendation_test.customer_recommendations") == [(0,)]
    assert project.fetch("select min(item_customers), max(all_customers) from recommendation_test.product_affinities") == [
        (10, 10)
    ]


def test_a_shop_without_anybody_says_why(tmp_path: Path) -> None:
    """No customers, or none who consents to anything: empty lists, and every row of the trial has the reason."""
    rows = thirty([70, 10], ["A01"])
    rows["customers"] = [person(number, analytics=False, personal=False) for number in range(30)]
    project = build(tmp_path, rows)
    for mart in ("customer_recommendations", "product_affinities"):
        assert project.fetch(f"select count(*) from recommendation_test.{mart}") == [(0,)]
    assert project.fetch(
        "select verdict, min(conclusion), count(*), count(ndcg), count(case when is_published then 1 end)"
        " from recommendation_test.recommendation_performance group by 1"
    ) == [("no_data", "No history of this type: nothing is recommended.", 24, 0, 0)]


def test_exclusions_and_strangers(tmp_path: Path) -> None:
    """Beer for adults only, what was sent back or complained about never again, nothing that is gone, no lower plan."""
    rows = thirty([90, 60, 30], ["A01", "A02", "A03"])
    rows["products"] += [("B01", "Beer crate", "B", "B1"), ("C01", "Coat", "C", "C1")]
    # sold to others: beer of late, the coat long ago
    rows["customers"] += [person(number, region="South", age="25-34") for number in range(100, 140)]
    for number in range(100, 140):
        rows["order_lines"] += [
            bought(f"c{number}".replace("c", "c0"), "B01", AS_OF - dt.timedelta(days=20)),
            bought(f"c{number}".replace("c", "c0"), "C01", AS_OF - dt.timedelta(days=200)),
            bought(f"c{number}".replace("c", "c0"), "A01", AS_OF - dt.timedelta(days=20)),
        ]
    rows["customers"] += [
        person(900, region="South", age="0-17", orders=0),
        person(901, region="South", age="25-34", orders=0),
        person(902, region="Nowhere", orders=0),
        person(903, orders=0),
    ]
    rows["int_touchpoints"] = [("c0903", None, None, None, "B", AS_OF - dt.timedelta(days=3))]
    rows["order_returns"] = [("c0001", "A01", "refund", AS_OF - dt.timedelta(days=25)),
                             ("c0002", "A01", "exchange", AS_OF - dt.timedelta(days=25))]  # fmt: skip
    day = AS_OF - dt.timedelta(days=30)
    rows["stg_feedback__service_tickets"] = [
        ("complaint", f"c0003-{day}", "product", "2024-12-05 00:00:00"),
        ("complaint", f"c0004-{day}", "delivery", "2024-12-05 00:00:00"),
    ]
    names = [("shop", f"a{number}", f"c{number:04}") for number in (5, 6, *range(100, 112))]
    rows["int_account_names"] = names
    rows["stg_feedback__reviews"] = [("shop", "a5", "A02", 1.0, "2024-12-06 00:00:00"), ("shop", "a6", "A02", 3.0, "2024-12-06 00:00:00")]
    plans = [("free", 0), ("plus", 1), ("top", 2)]
    rows["stg_commerce__subscriptions"] = [
        ("shop", account, *plans[place % 3], "2024-10-01 00:00:00") for place, (_, account, _) in enumerate(names)
    ]
    project = build(tmp_path, rows)
    found = defaultdict(dict)
    for name, kind, answer, item, reason in project.fetch(
        "select customer_id, item_type, answer, item, reason from recommendation_test.customer_recommendations"
    ):
        found[name, kind, answer][item] = reason
    assert "B01" not in found["c0900", "product", "new_to_you"]
    assert "B01" in found["c0901", "product", "new_to_you"]
    assert not any("C01" in items for items in found.values())
    again = {number: set(found[f"c{number:04}", "product", "buy_again"]) for number in range(7)}
    assert again[0] == again[2] == again[4] == again[6] == {"A01", "A02", "A03"}
    assert again[1] == {"A02", "A03"}
    assert again[3] == set()
    assert again[5] == {"A01", "A03"}
    reasons = {number: found[f"c0{number}", "product", "new_to_you"]["A01"] for number in (901, 902)}
    assert reasons[901].startswith("No purchases of yours are known yet. Popular in South: chosen by 40 of 40")
    assert reasons[902].startswith("No purchases of yours are known yet. Popular with all customers: chosen by 70 of 70")
    assert set(found["c0903", "product", "new_to_you"]) == {"B01"}
    assert "You looked at B; popular there" in found["c0903", "product", "new_to_you"]["B01"]
    # c0006 has plus: free is below it, top above
    assert set(found["c0006", "service", "new_to_you"]) == {"plan:top"}
