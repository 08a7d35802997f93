"""The response to prices on sales that a test makes up, beside statsmodels and scipy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from behaviour_project import BehaviourProject
from engines import ENGINE, ROOT
from scipy import stats

from scripts.simulate.__main__ import main as simulate

MONDAY = dt.date(2024, 1, 1)
WEEKS, PRODUCTS, CATEGORIES = 60, 12, 60
SPREAD = 0.4


def _category(rng: np.random.Generator, name: str, elasticity: float, products: int, weeks: int, **kind: Any) -> pd.DataFrame:
    """Weekly lines of a category; prices are low in the weeks in which most is wanted, which a plain regression mistakes."""
    wanted = rng.normal(0, 0.4, weeks)
    product, week = np.repeat(np.arange(products), weeks), np.tile(np.arange(weeks), products)
    promoted = rng.random(len(week)) < 0.15 + 0.25 * (wanted[week] > 0.3)
    discount = np.where(promoted & kind.get("moves", True), rng.uniform(0.05, 0.3, len(week)), 0)
    price = np.repeat(rng.uniform(5, 40, products), weeks)
    mean = np.repeat(rng.normal(3.4, 0.4, products), weeks) + wanted[week] + elasticity * np.log(1 - discount)
    units = rng.poisson(np.exp(mean + rng.normal(0, 0.15, len(week)))).astype(float)
    frame = pd.DataFrame({
        "order_id": [f"{name}{n}" for n in range(len(week))],
        "category": name,
        "subcategory": np.where(kind.get("fewer", False), product % 3, 0).astype(str),
        "product_id": [f"{name}-{n}" for n in product],
        "ordered_on": [(MONDAY + dt.timedelta(days=int(7 * n))).isoformat() for n in week],
        "quantity": units,
        "net_amount": np.round(units * price * (1 - discount), 2),
        "discount_amount": np.round(units * price * discount, 2),
        "unit_cost": np.round(price * kind.get("cost", 0.4), 2),
    })  # fmt: skip
    return frame[(frame.quantity > 0) & (rng.random(len(frame)) < kind.get("seen", 1.0))]


def _project(folder: Path) -> BehaviourProject:
    """The models of prices; order_lines and the reference date are still missing."""
    names = [path.stem for path in ROOT.glob("models/*/actions/*price_*.sql")]
    names = [name for name in names if "action" not in name]
    macros = ["actions", "cross_db", "materializations", "statistics", "time"]
    project = BehaviourProject(folder, names, schema="price_test", macros=macros)
    project.copy_seed("price_rules")
    return project


@pytest.fixture(name="built", scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> tuple[BehaviourProject, pd.DataFrame, dict[str, float]]:
    folder = tmp_path_factory.mktemp("prices")
    rng = np.random.default_rng(20240611)
    truth = {f"C{n:02}": float(rng.normal(-1.8, SPREAD)) for n in range(CATEGORIES)}
    parts = [_category(rng, name, value, PRODUCTS, WEEKS) for name, value in truth.items()]
    parts += [
        _category(rng, "Fixed price", -2.0, PRODUCTS, WEEKS, moves=False),
        _category(rng, "Seldom", -2.0, PRODUCTS, WEEKS, seen=0.3),
        _category(rng, "By subcategory", -2.0, 3, WEEKS, fewer=True),
        _category(rng, "Dear to make", -2.0, PRODUCTS, WEEKS, cost=0.95),
    ]
    lines = pd.concat(parts, ignore_index=True)
    project = _project(folder)
    lines.to_csv(folder / "lines.csv", index=False)
    project.view(
        "order_lines",
        "select order_id, category, subcategory, product_id, cast(ordered_on as date) as ordered_on,"
        " false as is_balancing_line, cast(quantity as decimal(18, 4)) as quantity,"
        " cast(net_amount as decimal(18, 2)) as net_amount, cast(discount_amount as decimal(18, 2)) as discount_amount,"
        f" cast(unit_cost as decimal(18, 4)) as unit_cost from read_csv('{folder}/lines.csv', all_varchar = true)",
    )
    as_of = MONDAY + dt.timedelta(days=7 * WEEKS)
    project.view("stg_commerce__as_of", f"select date '{as_of}' as as_of")
    project.view(
        "quantiles",
        "select degrees, {{ student_t_90('degrees') }} as quantile"
        " from {{ number_series(4, 200, 'degrees') }} as numbers",
    )
    project.build()
    return project, lines, truth


def _response(project: BehaviourProject) -> pd.DataFrame:
    columns = [row[0] for row in project.fetch("describe price_test.price_response")]
    return pd.DataFrame(project.fetch("select * from price_test.price_response"), columns=columns).set_index("category")


@pytest.mark.parametrize(("category", "cluster"), [("C00", "product_id"), ("C41", "product_id"), ("By subcategory", "week")])
def test_coefficients_and_errors_are_those_of_statsmodels(
    built: tuple[BehaviourProject, pd.DataFrame, dict[str, float]], category: str, cluster: str
) -> None:
    """A dummy for each item and each week, errors clustered: the same numbers."""
    import statsmodels.formula.api as smf

    project, lines, _ = built
    frame = lines[lines.category == category].assign(
        week=lambda rows: rows.ordered_on,
        x=lambda rows: np.log(rows.net_amount / rows.quantity),
        y=lambda rows: np.log(rows.quantity),
    )
    fit = smf.ols("y ~ x + C(product_id) + C(week)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(frame[cluster])[0]}
    )
    ((slope, error),) = project.fetch(
        f"select slope, standard_error from price_test.int_price_fits where category = '{category}'"
    )
    assert slope == pytest.approx(fit.params["x"], rel=1e-6)
    assert error == pytest.approx(fit.bse["x"], rel=1e-6)


def test_planted_elasticities_are_found(built: tuple[BehaviourProject, pd.DataFrame, dict[str, float]]) -> None:
    """Without bias where a plain regression has some; 90 % intervals hold 90 % before and after they are drawn together."""
    project, lines, truth = built
    found = _response(project).loc[list(truth)].assign(truth=pd.Series(truth))
    plain = [
        np.polyfit(np.log(rows.net_amount / rows.quantity), np.log(rows.quantity), 1)[0]
        for _, rows in lines[lines.category.isin(truth)].groupby("category")
    ]
    own_error = found.own_elasticity - found.truth
    assert abs(own_error.mean()) < 2.5 * own_error.std() / np.sqrt(CATEGORIES)
    assert abs(np.mean(plain) - found.truth.mean()) > 5 * abs(own_error.mean())
    # 60 draws at 90 %: two and a half standard errors are 10 points
    shrunken = (found.elasticity_low <= found.truth) & (found.truth <= found.elasticity_high)
    assert 0.80 <= shrunken.mean() <= 0.99
    own = own_error.abs() <= 1.796 * found.own_standard_error  # t with 11 degrees of freedom
    assert 0.80 <= own.mean() <= 0.99
    assert ((found.elasticity - found.truth) ** 2).mean() < (own_error**2).mean()
    assert set(found.elasticity_basis) == {"shrunken"}


def test_what_cannot_be_measured_says_so(built: tuple[BehaviourProject, pd.DataFrame, dict[str, float]]) -> None:
    """A fixed price and rare sales get the mean of the others, with the reason and a wide interval."""
    response = _response(built[0])
    assert response.loc["Fixed price", "finding"] == "no_price_variation"
    assert response.loc["Seldom", "finding"] == "sold_too_seldom"
    for category in ("Fixed price", "Seldom"):
        row = response.loc[category]
        assert row.elasticity_basis == "pooled"
        assert row.elasticity == pytest.approx(np.mean(list(built[2].values())), abs=0.2)
        assert row.elasticity_high - row.elasticity_low > 2 * np.std(list(built[2].values()))
        assert "the mean of 62 other categories" in row.reason
        assert "其他62个品类" in row.reason_zh
    assert response.is_observational.all()


def test_the_lowest_discount_that_pays(built: tuple[BehaviourProject, pd.DataFrame, dict[str, float]]) -> None:
    """Worked out again discount by discount; goods that cost nearly their price pay at none."""
    response = _response(built[0])
    for row in response.itertuples():
        tried = np.round(np.arange(0.05, row.largest_discount_tried + 1e-9, 0.05), 2)
        gain = (1 - tried - row.cost_share) * (1 - tried) ** row.elasticity / (1 - row.cost_share) - 1
        paying = tried[gain > 0]
        if len(paying) == 0:
            assert pd.isna(row.lowest_paying_discount) and pd.isna(row.best_discount)
        else:
            assert row.lowest_paying_discount == pytest.approx(paying.min())
            assert row.highest_paying_discount == pytest.approx(paying.max())
            assert row.best_discount == pytest.approx(tried[np.argmax(gain)])
    assert pd.isna(response.loc["Dear to make", "lowest_paying_discount"])
    assert response.lowest_paying_discount.notna().any()
    assert response.loc["Fixed price", "largest_discount_tried"] == pytest.approx(0.05)


def test_quantiles_are_those_of_student(built: tuple[BehaviourProject, pd.DataFrame, dict[str, float]]) -> None:
    """Beside scipy, from 4 degrees of freedom on."""

    for degrees, quantile in built[0].fetch("select degrees, quantile from price_test.quantiles"):
        assert quantile == pytest.approx(stats.t.ppf(0.95, degrees), rel=5e-3)


@pytest.mark.heavy
@pytest.mark.skipif(ENGINE != "duckdb", reason="the lines are files that DuckDB reads")
def test_no_elasticity_is_found_where_none_is_planted(tmp_path: Path) -> None:
    """Five simulated shops, in which nobody looks at the price: intervals of 90 % hold 0 as often as they say, errors are neither short nor long."""
    shops = (201, 202, 203, 204, 205)
    parts = []
    for seed in shops:
        out = tmp_path / str(seed)
        words = ["--customers", "20000", "--seed", str(seed), "--format", "parquet", "--out", str(out), "--truth", "none", "--clean"]
        words += ["--events-per-customer", "0.1", "--touches-per-customer", "0.1", "--visits-per-customer", "0.1"]
        assert simulate([*words, "--tables", "orders,order_items,products", "--quiet"]) == 0
        parts.append(
            f"select concat('{seed}-', items.order_id) as order_id, concat('{seed} ', products.category) as category, products.subcategory,"
            f" concat('{seed}-', items.product_id) as product_id, cast(orders.ordered_at as date) as ordered_on, false as is_balancing_line,"
            " items.quantity, cast(items.net_amount as decimal(18, 2)) as net_amount,"
            " cast(items.discount_amount as decimal(18, 2)) as discount_amount, items.unit_cost"
            f" from '{out}/order_items.parquet' as items inner join '{out}/orders.parquet' as orders using (order_id)"
            f" inner join '{out}/products.parquet' as products using (product_id)"
            " where orders.status != 'cancelled' and orders.currency = 'CNY'"
        )
    project = _project(tmp_path / "project")
    project.view("order_lines", " union all ".join(parts))
    project.view("stg_commerce__as_of", "select date '2025-07-01' as as_of")
    project.build()
    fits = pd.DataFrame(
        project.fetch("select category, slope, standard_error, clusters from price_test.int_price_fits where slope is not null"),
        columns=["category", "slope", "standard_error", "clusters"],
    )
    z_values = fits.slope / fits.standard_error
    holds = z_values.abs() <= stats.t.ppf(0.95, fits.clusters - 1)
    print(f"{len(fits)} categories, {holds.sum()} intervals hold 0, z: mean {z_values.mean():.2f}, spread {z_values.std():.2f}")
    assert len(fits) >= 7 * len(shops)
    # 40 draws at 90 %: two and a half standard errors are 12 points, and a spread of 1 is known to 0.11
    assert 0.78 <= holds.mean() <= 1
    assert 0.72 <= z_values.std() <= 1.28
