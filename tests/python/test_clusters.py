"""Clusters on the sample against scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from engines import ROOT
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse/customer360.duckdb"))
SEGMENTATIONS = ["buyers", "everyone"]
FEATURES = [f"f{number}" for number in range(1, 7)]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """The built sample warehouse."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as connection:
        yield connection


def points(warehouse: duckdb.DuckDBPyConnection, segmentation: str) -> np.ndarray:
    """The standardised features, sorted by customer."""
    rows = warehouse.execute(
        f"select {', '.join(FEATURES)} from intermediate.int_cluster_points"
        " where segmentation = ? order by customer_id",
        [segmentation],
    ).fetchall()
    return np.array(rows)


@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_sums_of_squares_agree_with_scikit_learn(
    warehouse: duckdb.DuckDBPyConnection, segmentation: str
) -> None:
    """Not more than 0.1 % above the best of twenty starts, for every number of clusters."""
    data = points(warehouse, segmentation)
    published = warehouse.execute(
        "select k, sse from marts.segmentation_quality where segmentation = ? order by k",
        [segmentation],
    ).fetchall()
    assert [k for k, _ in published] == list(range(1, 9))
    for k, sse in published:
        best = KMeans(k, n_init=20, random_state=0, tol=1e-9).fit(data).inertia_
        assert sse <= best * 1.001, k


@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_groups_agree_with_scikit_learn(
    warehouse: duckdb.DuckDBPyConnection, segmentation: str
) -> None:
    """scikit-learn finds nothing to move: the same people stand together, as near and as well apart.

    Whether another start leads to a smaller sum of squares is the test above.
    """
    data = points(warehouse, segmentation)
    ours = warehouse.execute(
        "select cluster, distance_to_centroid, silhouette from marts.customer_segments"
        " where segmentation = ? order by customer_id",
        [segmentation],
    ).fetchnumpy()
    k = len(np.unique(ours["cluster"]))
    centroids = np.array([data[ours["cluster"] == c].mean(axis=0) for c in range(1, k + 1)])
    theirs = KMeans(k, init=centroids, n_init=1, tol=1e-12).fit(data)
    np.testing.assert_array_equal(theirs.labels_ + 1, ours["cluster"])
    distances = np.linalg.norm(data - centroids[ours["cluster"] - 1], axis=1)
    # the last step moved the centroids by less than this
    np.testing.assert_allclose(ours["distance_to_centroid"], distances, atol=1e-8)
    silhouettes = silhouette_samples(data, ours["cluster"], metric="sqeuclidean")
    np.testing.assert_allclose(ours["silhouette"], silhouettes, atol=1e-6)


@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_stability_agrees_with_scikit_learn(
    warehouse: duckdb.DuckDBPyConnection, segmentation: str
) -> None:
    """Groups of all customers beside those of each resample."""
    rows = warehouse.execute(
        f"select {', '.join(FEATURES)} from intermediate.int_cluster_points"
        " where segmentation = ? and is_judged order by customer_id",
        [segmentation],
    ).fetchall()
    data = np.array(rows)
    for k in range(2, 9):
        labels = {}
        for part in ("all", "b1", "b2", "b3", "b4"):
            row = warehouse.execute(
                "select * exclude (segmentation, part, k, start_number, iteration, sse)"
                " from intermediate.int_cluster_best"
                " where segmentation = ? and part = ? and k = ?",
                [segmentation, part, k],
            ).fetchone()
            centroids = np.array(row[: 6 * k], dtype=float).reshape(k, 6)
            distances = ((data[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
            labels[part] = distances.argmin(axis=1)
        whole = labels.pop("all")
        agreements = [adjusted_rand_score(whole, others) for others in labels.values()]
        published = warehouse.execute(
            "select adjusted_rand, adjusted_rand_low from marts.segmentation_quality"
            " where segmentation = ? and k = ?",
            [segmentation, k],
        ).fetchone()
        assert published == pytest.approx((np.mean(agreements), min(agreements)), abs=1e-9), k


def test_resamples_are_drawn_with_replacement(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Copies of a customer are Poisson counts, and no two resamples are alike."""
    copies = warehouse.execute(
        "select part, customer_id, count(*) as copies from intermediate.int_cluster_sample"
        " where segmentation = 'everyone' and part != 'all' group by all"
    ).fetchnumpy()
    ((customers,),) = warehouse.execute(
        "select count(*) from intermediate.int_cluster_points where segmentation = 'everyone'"
    ).fetchall()
    drawn = {}
    for part in ("b1", "b2", "b3", "b4"):
        here = copies["part"] == part
        drawn[part] = set(copies["customer_id"][here])
        # the expected number of draws, and of people drawn at all: four standard errors
        assert copies["copies"][here].sum() == pytest.approx(customers, abs=4 * customers**0.5)
        assert len(drawn[part]) == pytest.approx((1 - np.exp(-1)) * customers, abs=2 * customers**0.5)
    assert len({frozenset(people) for people in drawn.values()}) == 4


@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_the_number_of_groups_follows_the_rules(
    warehouse: duckdb.DuckDBPyConnection, segmentation: str
) -> None:
    rows = warehouse.execute(
        "select k, is_used, adjusted_rand, smallest_share, explained_share * silhouette, reason, reason_zh"
        " from marts.segmentation_quality where segmentation = ? order by k",
        [segmentation],
    ).fetchall()
    holding = {row[0]: row[4] for row in rows if row[0] > 2 and row[2] >= 0.8 and row[3] >= 0.05}
    near = [k for k, balance in holding.items() if balance >= 0.9 * max(holding.values())]
    assert [row[0] for row in rows if row[1]] == [min(near)]
    assert all(row[5] and row[6] and row[5] != row[6] for row in rows)


def test_every_group_has_a_name_of_its_own(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select segmentation, cluster, cluster_label, cluster_label_zh"
        " from intermediate.int_cluster_labels"
    ).fetchall()
    for position in (2, 3):
        assert len({(row[0], row[position]) for row in rows}) == len(rows)


def test_analysis_of_variance_agrees_with_scipy(warehouse: duckdb.DuckDBPyConnection) -> None:
    from scipy import stats

    rows = warehouse.execute(
        "select segments.cluster, cast(customers.net_revenue as double)"
        " from marts.customer_segments as segments"
        " inner join marts.customers using (customer_id)"
        " where segmentation = 'buyers' order by customer_id"
    ).fetchall()
    clusters, values = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    groups = [values[clusters == cluster] for cluster in np.unique(clusters)]
    between = sum(len(group) * (group.mean() - values.mean()) ** 2 for group in groups)
    ((eta_squared, q_value),) = warehouse.execute(
        "select any_value(eta_squared), any_value(q_value) from marts.segment_profiles"
        " where segmentation = 'buyers' and feature = 'net_revenue'"
    ).fetchall()
    assert eta_squared == pytest.approx(between / ((values - values.mean()) ** 2).sum(), rel=1e-9)
    # q is p times at least 1 and at most the number of features
    p_value = stats.f_oneway(*groups).pvalue
    assert p_value * 0.999999 <= q_value <= p_value * 10
