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
    """The same people stand together, as near to the centroid and as well apart."""
    data = points(warehouse, segmentation)
    ours = warehouse.execute(
        "select cluster, distance_to_centroid, silhouette from marts.customer_segments"
        " where segmentation = ? order by customer_id",
        [segmentation],
    ).fetchnumpy()
    k = len(np.unique(ours["cluster"]))
    theirs = KMeans(k, n_init=20, random_state=0, tol=1e-12).fit(data)
    # two optima of nearly the same sum of squares differ by a few people at the border
    assert adjusted_rand_score(theirs.labels_, ours["cluster"]) > 0.98
    centroids = np.array([data[ours["cluster"] == c].mean(axis=0) for c in range(1, k + 1)])
    distances = np.linalg.norm(data - centroids[ours["cluster"] - 1], axis=1)
    # the last step moved the centroids by less than this
    np.testing.assert_allclose(ours["distance_to_centroid"], distances, atol=1e-8)
    silhouettes = silhouette_samples(data, ours["cluster"], metric="sqeuclidean")
    np.testing.assert_allclose(ours["silhouette"], silhouettes, atol=1e-6)


@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_stability_agrees_with_scikit_learn(
    warehouse: duckdb.DuckDBPyConnection, segmentation: str
) -> None:
    data = points(warehouse, segmentation)
    for k in range(2, 7):
        labels = []
        for half in ("a", "b"):
            row = warehouse.execute(
                "select * exclude (segmentation, part, k, start_number, iteration, sse)"
                " from intermediate.int_cluster_best"
                " where segmentation = ? and part = ? and k = ?",
                [segmentation, half, k],
            ).fetchone()
            centroids = np.array(row[: 6 * k], dtype=float).reshape(k, 6)
            distances = ((data[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
            labels.append(distances.argmin(axis=1))
        ((published,),) = warehouse.execute(
            "select adjusted_rand from marts.segmentation_quality where segmentation = ? and k = ?",
            [segmentation, k],
        ).fetchall()
        assert published == pytest.approx(adjusted_rand_score(*labels), abs=1e-9), k


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
