"""The models of prediction on small shops of their own, against scikit-learn and against cheating.

The project's own model files run on tables that stand in for what they read: so a shop can be moved in
its future, shrunk, or left without consent, and a run takes seconds.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from engines import ENGINE, ROOT, SmallProject, connect_duckdb
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

pytestmark = pytest.mark.skipif(ENGINE != "duckdb", reason="the tables are made by DuckDB")

AS_OF = "2024-01-01"
DAYS = 600
CUTOFF_90 = "2023-10-03"  # 90 days before
SEEDS = ["prediction_targets", "prediction_cutoffs", "prediction_rules", "prediction_inputs"]
SEEDS += ["value_tiers"]
MACROS = ["cross_db", "statistics", "materializations", "prediction", "time"]
# what the models of prediction read of other domains, with the columns that they read
TABLES = {
    "customers": "customer_id string, first_seen_at timestamp",
    "int_consent_current": "customer_id string, has_analytics_consent boolean,"
    " has_personalisation_consent boolean",
    "customer_clv": "customer_id string, leaving_model string, fit_segment string",
    "clv_parameters": "model string, segment string, parameter string, estimate double,"
    " is_used boolean",
    "orders": "order_id string, customer_id string, ordered_on date, channel string,"
    " net_amount decimal(18, 2), gross_amount decimal(18, 2), discount_amount decimal(18, 2)",
    "order_lines": "order_id string, customer_id string, ordered_on date, category string,"
    " net_amount decimal(18, 2)",
    "order_returns": "customer_id string, returned_on date",
    "int_sessions": "customer_id string, is_bot boolean, source_table string, started_on date,"
    " product_view_count bigint, cart_count bigint",
    "int_touchpoints": "customer_id string, source_table string, touchpoint_type string,"
    " value double, occurred_on date",
    "stg_commerce__subscriptions": "source_system string, account_id string, plan_rank bigint,"
    " is_paid boolean, started_at timestamp, ended_at timestamp",
    "int_account_names": "source_system string, account_id string, customer_id string",
    "stg_commerce__as_of": "as_of date, as_of_at timestamp",
}
Shop = dict[str, list[tuple]]


def shop(people: int = 1500, seed: int = 3) -> Shop:
    """A shop whose customers order at rates of their own and leave; visits lead to orders."""
    rng = np.random.default_rng(seed)
    start = np.datetime64(AS_OF) - DAYS
    made: Shop = {name: [] for name in TABLES}
    for number in range(people):
        key = f"c{number:05d}"
        joined = int(rng.integers(0, DAYS - 40))
        stays = rng.exponential(250)
        gap = rng.gamma(2.0, 20.0) + 3
        made["customers"].append((key, start + joined))
        made["int_consent_current"].append((key, True, number % 10 != 0))
        day = joined + rng.exponential(gap)
        ordered = False
        while day < DAYS and day < joined + stays and number % 4:
            on = start + int(day)
            order = f"{key}-{int(day)}"
            amount = round(float(rng.gamma(2.0, 30.0)) + 1, 2)
            channel = "store" if number % 3 else "web"
            made["orders"].append((order, key, on, channel, amount, amount + 2, 2))
            category = ["Food", "Toys", "Tools"][number % 2 + int(rng.random() < 0.2)]
            made["order_lines"].append((order, key, on, category, amount))
            if rng.random() < 0.1 and day + 5 < DAYS:
                made["order_returns"].append((key, on + 5))
            if rng.random() < 0.7:
                visit = on - int(rng.integers(0, 3))
                made["int_sessions"].append((key, False, "web_events", visit, 3, 1))
            if rng.random() < 0.1:
                touch = (key, "survey_responses", "survey_csat", float(rng.integers(1, 6)), on)
                made["int_touchpoints"].append(touch)
            ordered = True
            day += rng.exponential(gap)
        if ordered:
            made["customer_clv"].append((key, "bg_nbd", "(all)"))
        if number % 5 == 0:
            made["int_account_names"].append(("web", key, key))
            ended = start + joined + 90 if number % 10 == 0 and joined + 90 < DAYS else None
            made["stg_commerce__subscriptions"].append(
                ("web", key, number % 3, number % 3 > 0, start + joined, ended)
            )
    for parameter, estimate in {"r": 0.9, "alpha": 5.0, "a": 0.6, "b": 3.0}.items():
        made["clv_parameters"].append(("bg_nbd", "(all)", parameter, estimate, True))
    made["stg_commerce__as_of"].append((np.datetime64(AS_OF), np.datetime64(AS_OF)))
    return made


def build(folder: Path, data: Shop, **settings: object) -> duckdb.DuckDBPyConnection:
    """Run the models of prediction on a shop; returns a connection to what they made."""
    return connect_duckdb(build_project(folder, data, **settings).database)


def build_project(folder: Path, data: Shop, **settings: object) -> SmallProject:
    """Run the models of prediction on a shop; returns the project, for more commands on it."""
    project = SmallProject(folder, MACROS, "main")
    with connect_duckdb(project.database) as connection:
        connection.execute("create schema given")
        for name, columns in TABLES.items():
            connection.execute(f"create table given.{name} ({columns})")
            file = folder / f"{name}.csv"
            with file.open("w", newline="") as out:
                csv.writer(out).writerows(data[name])
            if data[name]:
                connection.execute(f"copy given.{name} from '{file}' (header false)")
    for name in TABLES:
        project.write(f"models/{name}.sql", f"select * from given.{name}")
    # the other macros that the models use
    for macro in ["scoring/scores", "value/purchase_customers", "profile/catalogues"]:
        target = project.folder / "macros" / f"{macro.replace('/', '_')}.sql"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "macros" / f"{macro}.sql", target)
    names = set((ROOT / "models/intermediate/prediction/_propensity__models.yml").read_text().split())
    files = [
        path for path in (ROOT / "models/intermediate/prediction").glob("*.sql") if path.stem in names
    ]
    marts = ["customer_propensities", "customer_survival", "model_performance"]
    marts += ["propensity_calibration", "propensity_drivers"]
    for path in files + [ROOT / f"models/marts/prediction/{name}.sql" for name in marts]:
        project.write(f"models/{path.name}", path.read_text())
    for name in SEEDS:
        source = ROOT / f"seeds/reference/{name}.csv"
        project.write(f"seeds/{name}.csv", source.read_text())
    given = {"timezone": "UTC", "propensity_training_rows": 50000, "refit_days": 1, **settings}
    text = (project.folder / "dbt_project.yml").read_text()
    text = text.replace("macro-paths:\n", "macro-paths:\n- macros\n")
    text += "seed-paths: [seeds]\nvars: " + str(given).replace("'", '"') + "\n"
    text += "seeds: {small: {prediction_targets: {+column_types: {rhythm_multiple: double}}}}\n"
    project.write("dbt_project.yml", text)
    result = project.dbt("build", "--quiet")
    assert result.returncode == 0, result.stdout[-3000:]
    return project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The shop as it is."""
    return build(tmp_path_factory.mktemp("shop"), shop())


def terms(connection: duckdb.DuckDBPyConnection, prefix: str, table: str) -> list[str]:
    """The numbered columns of a table in their order."""
    found = connection.execute(
        "select column_name from duckdb_columns() where table_name = ?", [table]
    ).fetchall()
    names = [name for (name,) in found if name.rpartition("_")[0] == prefix]
    return sorted(names, key=lambda name: int(name.rpartition("_")[2]))


def fits(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """The numbers of the fitted targets."""
    rows = connection.execute("select fit_no from int_propensity_fit order by 1").fetchall()
    return [fit for (fit,) in rows]


def test_coefficients_agree_with_scikit_learn(built: duckdb.DuckDBPyConnection) -> None:
    """Coefficients to 1e-6; standard errors from the information that numpy inverts."""
    names = ", ".join(terms(built, "z", "int_propensity_training"))
    assert len(fits(built)) >= 5
    for fit in fits(built):
        data = np.array(
            built.execute(
                f"select label, {names} from int_propensity_training where fit_no = {fit}"
            ).fetchall()
        )
        points = ", ".join(terms(built, "b", "int_propensity_fit"))
        row = built.execute(
            f"select covariance, {points} from int_propensity_fit where fit_no = {fit}"
        ).fetchall()[0]
        ours = np.array(row[1:])
        model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=500)
        model.fit(data[:, 1:], data[:, 0])
        theirs = np.concatenate([model.intercept_, model.coef_[0]])
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
        design = np.column_stack([np.ones(len(data)), data[:, 1:]])
        chance = 1 / (1 + np.exp(-design @ ours))
        information = (design * (chance * (1 - chance))[:, None]).T @ design
        ridge = np.eye(len(ours))
        ridge[0, 0] = 0
        covariance = np.linalg.inv(information + ridge)
        used = np.r_[True, data[:, 1:].std(axis=0) > 0]
        ours_error = np.sqrt(np.diag(np.array(row[0], dtype=float)))
        np.testing.assert_allclose(
            ours_error[used], np.sqrt(np.diag(covariance))[used], rtol=1e-4
        )


def test_measures_agree_with_scikit_learn(built: duckdb.DuckDBPyConnection) -> None:
    """What is published of the holdout is what its rows give."""
    models = terms(built, "c", "int_propensity_models")
    columns = terms(built, "x", "int_propensity_examples")
    logit = " + ".join(
        ["m.c_0"] + [f"m.{c} * e.{x}" for c, x in zip(models[1:], columns, strict=True)]
    )
    for fit in fits(built):
        rows = np.array(
            built.execute(
                f"select e.label, {logit} from int_propensity_examples as e inner join"
                f" int_propensity_models as m using (fit_no) where role = 'holdout' and fit_no = {fit}"
            ).fetchall()
        )
        label, score = rows[:, 0], 1 / (1 + np.exp(-rows[:, 1]))
        if not 0 < label.sum() < len(label):
            continue
        auc, average, brier, loss, count = built.execute(
            "select auc, pr_auc, brier, log_loss, example_count from int_propensity_metrics"
            f" where fit_no = {fit} and model = 'logistic' and split = 'holdout'"
        ).fetchall()[0]
        assert count == len(label)
        # log-odds are gathered in thousandths
        assert auc == pytest.approx(roc_auc_score(label, score), abs=1e-3)
        assert average == pytest.approx(average_precision_score(label, score), abs=2e-3)
        assert brier == pytest.approx(brier_score_loss(label, score), abs=1e-4)
        assert loss == pytest.approx(log_loss(label, score), abs=1e-4)


def test_rhythm_is_found_and_calibrated(built: duckdb.DuckDBPyConnection) -> None:
    """The planted rates and departures are seen: better than the baselines, and near the truth."""
    rows = built.execute(
        "select model, auc, ece, is_used, is_trustworthy from model_performance"
        " where target = 'purchase_90d' and split = 'holdout'"
    ).fetchall()
    quality = {model: (auc, ece) for model, auc, ece, _, _ in rows}
    assert quality["logistic"][0] > quality["recency_only"][0] > 0.7
    assert quality["logistic"][1] < 0.05
    assert [row[0] for row in rows if row[3]] == ["logistic"]
    assert all(row[4] for row in rows)
    assert quality["base_rate"][0] == 0.5


def test_boosted_trees_find_hardly_more(built: duckdb.DuckDBPyConnection) -> None:
    """On the same inputs and days, boosted trees order the holdout better by 0.02 of AUC at most."""
    names = ", ".join(terms(built, "x", "int_propensity_examples"))
    query = (
        f"select label, {names} from int_propensity_examples inner join int_prediction_targets"
        " using (fit_no) where target = 'purchase_90d' and role = "
    )
    data = {
        role: np.array(built.execute(query + f"'{role}'").fetchall()) for role in ("training", "holdout")
    }
    trees = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.05, random_state=0)
    trees.fit(data["training"][:, 1:], data["training"][:, 0])
    theirs = roc_auc_score(
        data["holdout"][:, 0], trees.predict_proba(data["holdout"][:, 1:])[:, 1]
    )
    ours = built.execute(
        "select auc from model_performance where target = 'purchase_90d'"
        " and model = 'logistic' and split = 'holdout'"
    ).fetchall()[0][0]
    assert ours > theirs - 0.02


def test_without_consent_there_is_no_score(built: duckdb.DuckDBPyConnection) -> None:
    """People without personalisation teach the model, and get neither a score nor a curve."""
    for mart in ("customer_propensities", "customer_survival"):
        refused, scored = built.execute(
            "select count(case when not has_personalisation_consent then 1 end), count(*)"
            f" from {mart} inner join given.int_consent_current using (customer_id)"
        ).fetchall()[0]
        assert refused == 0
        assert scored > 1000


def test_reasons_and_deciles_are_complete(built: duckdb.DuckDBPyConnection) -> None:
    """Every score has words with a number, in both languages, and tenths by probability."""
    bad = built.execute(
        "select count(*) from customer_propensities where top_reasons is null or top_reasons_zh is null"
        " or not (probability > 0 and probability < 1) or decile not between 1 and 10"
        " or contains(top_reasons, '{n}') or contains(top_reasons_zh, '{n}')"
    ).fetchall()
    assert bad == [(0,)]
    steps = built.execute(
        "select target, decile, min(probability), max(probability) from customer_propensities"
        " group by all order by target, decile"
    ).fetchall()
    for (target, _, low, _), (next_target, _, _, next_high) in zip(steps, steps[1:], strict=False):
        assert target != next_target or low > next_high
    told = built.execute(
        "select count(*) from customer_propensities where regexp_matches(top_reasons, '[0-9]')"
    ).fetchall()[0][0]
    assert told > 1000


def test_survival_matches_what_came(built: duckdb.DuckDBPyConnection) -> None:
    """Curves fall, hazards belong to them, and a planted short rhythm returns sooner than a long one."""
    rows = built.execute(
        "select customer_id, month_ahead, hazard, survival_rate from customer_survival"
        " order by customer_id, month_ahead"
    ).fetchall()
    before = 1.0
    for _, month, hazard, survival in rows:
        before = 1.0 if month == 1 else before
        assert 0 <= hazard <= 1
        assert survival == pytest.approx(before * (1 - hazard), abs=1e-5)
        before = survival
    short, long = built.execute(
        "select avg(case when span_days / (i.order_days - 1e0) < 25 then hazard end),"
        " avg(case when span_days / (i.order_days - 1e0) > 60 then hazard end)"
        " from customer_survival inner join int_prediction_people using (customer_id)"
        " inner join int_prediction_inputs as i using (person_no)"
        " where i.days_before = 0 and i.order_days > 3 and i.silence_days < 20 and month_ahead = 1"
    ).fetchall()[0]
    assert short > 1.5 * long


def test_the_future_does_not_reach_the_scores(
    built: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """All that happened after a cutoff goes to other people and days: inputs and model there stay the same."""
    moved = shop()
    rng = np.random.default_rng(99)
    keys = [row[0] for row in moved["customers"]]
    places = {"orders": (1, 2), "order_lines": (1, 2), "order_returns": (0, 1)}
    places |= {"int_sessions": (0, 3), "int_touchpoints": (0, 4)}
    for name, (who, when) in places.items():
        for index, row in enumerate(moved[name]):
            if row[when] >= np.datetime64(CUTOFF_90):
                changed = list(row)
                changed[who] = keys[int(rng.integers(len(keys)))]
                changed[when] = np.datetime64(CUTOFF_90) + int(rng.integers(90))
                moved[name][index] = tuple(changed)
    other = build(tmp_path, moved)
    columns = [
        name
        for (name,) in built.execute(
            "select column_name from duckdb_columns() where table_name = 'int_prediction_inputs'"
        ).fetchall()
        if "next_" not in name
    ]
    # the categories are ranked by the last year: what belongs to a slot may be another one
    known = [name for name in columns if not name.startswith("own_")]
    query = (
        f"select {', '.join(known)} from int_prediction_inputs"
        " where days_before >= 90 order by days_before, person_no"
    )
    assert built.execute(query).fetchall() == other.execute(query).fetchall()
    # what was learned of 90 days before the cutoff, so the score of everybody on that day
    points = ", ".join(f"c_{place}" for place in range(len(terms(built, "x", "int_propensity_examples")) + 1))
    model = (
        f"select {points} from int_propensity_models inner join int_prediction_targets using (fit_no)"
        " where target = 'purchase_90d'"
    )
    assert len(built.execute(model).fetchall()) == 1
    assert built.execute(model).fetchall() == other.execute(model).fetchall()
    changed = "select sum(next_in_days) from int_prediction_inputs where days_before = 90"
    assert built.execute(changed).fetchall() != other.execute(changed).fetchall()


def test_an_additional_day_learns_nothing_anew(tmp_path: Path) -> None:
    """Guards the schedule: within the grid a new day keeps the fit, as a whole build of that day has it; late labels change it."""
    given = shop(people=500)
    project = build_project(tmp_path / "days", given, refit_days=7)
    # a day later: new orders, and a purchase model that hardly moved
    new_orders = [(f"new-{n}", f"c{n:05d}", AS_OF, "web", 10, 10, 0) for n in range(1, 60, 2)]
    with connect_duckdb(project.database) as connection:
        connection.execute("update given.stg_commerce__as_of set as_of = as_of + 1, as_of_at = as_of_at + interval 1 day")
        connection.execute("update given.clv_parameters set estimate = estimate * 1.001")
        connection.executemany("insert into given.orders values (?, ?, ?, ?, ?, ?, ?)", new_orders)

    def fit_of_run() -> str:
        result = project.dbt("run")
        assert result.returncode == 0, result.stdout[-3000:]
        return next(line for line in result.stdout.splitlines() if "created" in line and ".int_propensity_fit ." in line)

    assert "[REUSED in" in fit_of_run()
    later = {**given, "orders": given["orders"] + new_orders}
    later["clv_parameters"] = [(*row[:3], row[3] * 1.001, row[4]) for row in given["clv_parameters"]]
    later["stg_commerce__as_of"] = [(np.datetime64(AS_OF) + 1, np.datetime64(AS_OF) + 1)]
    whole = build_project(tmp_path / "whole", later, refit_days=7)
    for table in ("int_propensity_models", "customer_propensities"):
        query = f"select * from {table} order by all"
        assert project.fetch(query) == whole.fetch(query), table
    assert project.fetch("select max(iterations) from int_propensity_models") > [(1,)]

    # orders of half a year ago that come late are labels of the training days
    late = [(f"late-{n}", f"c{n:05d}", "2023-06-20", "web", 10, 10, 0) for n in range(0, 200, 4)]
    with connect_duckdb(project.database) as connection:
        connection.executemany("insert into given.orders values (?, ?, ?, ?, ?, ?, ?)", late)
    assert "[OK in" in fit_of_run()


def panel(people: int = 1200, record: int = 237, seed: int = 5) -> tuple[Shop, int]:
    """A shop that never changes, seen for so many days: rates and tastes are people's own. Also the buyers of each category within 90 days, added up."""
    rng = np.random.default_rng(seed)
    end = np.datetime64(AS_OF)
    made: Shop = {name: [] for name in TABLES}
    later = set()
    for number in range(people):
        key = f"c{number:05d}"
        made["customers"].append((key, end - record))
        made["int_consent_current"].append((key, True, True))
        gap = rng.gamma(1.5, 15.0) + 2
        likes = rng.dirichlet([0.6] * 4)
        day = rng.exponential(gap) - record
        if day < 0:
            made["customer_clv"].append((key, "bg_nbd", "(all)"))
        while day < 90:
            category = ["Food", "Toys", "Tools", "Books"][int(rng.choice(4, p=likes))]
            if day < 0:
                order = f"{key}-{int(np.floor(day))}"
                made["orders"].append((order, key, end + int(np.floor(day)), "store", 10, 12, 2))
                made["order_lines"].append((order, key, end + int(np.floor(day)), category, 10))
            else:
                later.add((key, category))
            day += rng.exponential(gap)
    for parameter, estimate in {"r": 1.5, "alpha": 3.2, "a": 0.01, "b": 5.0}.items():
        made["clv_parameters"].append(("bg_nbd", "(all)", parameter, estimate, True))
    made["stg_commerce__as_of"].append((end, end))
    return made, len(later)


def test_a_short_record_does_not_make_people_look_keener(tmp_path: Path) -> None:
    """Counts over a year grow with the record, the shop does not: eight months of it foretell as many buyers as come."""
    given, came = panel()
    connection = build(tmp_path, given)
    targets, foretold = connection.execute(
        "select count(distinct target), sum(probability) from customer_propensities where target like 'category:%'"
    ).fetchall()[0]
    assert targets == 4
    assert foretold == pytest.approx(came, rel=0.1)


def test_small_shops_say_why(tmp_path: Path) -> None:
    """Thirty people, nobody who agreed, one order a head: rows or none, reasons, and no number astray."""
    few = shop(people=30)
    for name in ("int_sessions", "int_touchpoints", "order_lines", "stg_commerce__subscriptions"):
        few[name] = []
    connection = build(tmp_path / "few", few)
    rows = connection.execute(
        "select target, model_used, is_trustworthy, reason, probability, top_reasons"
        " from customer_propensities"
    ).fetchall()
    assert {row[0] for row in rows} >= {"purchase_30d", "purchase_90d"}
    assert {row[1] for row in rows} <= {"base_rate", "recency_only", "alive_only"}
    assert not any(row[2] for row in rows)
    assert all("too few cases" in row[3] and 0 < row[4] < 1 and row[5] for row in rows)
    targets = connection.execute("select count(distinct target) from model_performance").fetchall()
    assert targets == [(5,)]

    nobody = shop(people=30)
    nobody["int_consent_current"] = [(row[0], False, False) for row in nobody["int_consent_current"]]
    connection = build(tmp_path / "nobody", nobody)
    for mart in ("customer_propensities", "customer_survival", "propensity_drivers"):
        assert connection.execute(f"select count(*) from {mart}").fetchall() == [(0,)]
    reasons = connection.execute("select distinct reason from model_performance").fetchall()
    assert reasons == [("no past day lies far enough back to learn from",)]
