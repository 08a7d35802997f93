"""The clickstream example beside the counts of the library that the data come from."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from examples import run
from tests.python.behaviour_project import BehaviourProject

STEPS = ["product_view", "add_to_cart", "shipping_details", "payment_details", "purchase"]
# the library's names of events that the mapping renames, and of the ends of a path
OUR_NAMES = {
    "shipping_details": "checkout_start", "payment_details": "payment_start", "wishlist_add": "favourite",
    "path_start": "(start)", "path_end": "(end)",
}  # fmt: skip
HOUR = 3600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's files go."""
    return tmp_path_factory.mktemp("ecom")


@pytest.fixture(scope="module")
def library() -> Any:
    """The library, with its usage statistics off."""
    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    import retentioneering

    return retentioneering


@pytest.fixture(scope="module")
def stream(library: Any) -> Any:
    """The library's events with their numbers in the file, in sessions that it cuts itself."""
    events = library.datasets.load_ecom(as_dataframe=True).drop(columns=["session_id"])
    events["event_id"] = [f"{number:06d}" for number in range(1, len(events) + 1)]
    return library.Eventstream(events, {"path_cols": ["user_id"]}).split_sessions(timeout="30m")


@pytest.fixture(scope="module")
def warehouse(folder: Path, library: Any) -> duckdb.DuckDBPyConnection:
    """The warehouse of the example, from the file of the installed library."""
    run.map_tables("ecom", Path(library.__file__).parent / "datasets", folder / "raw")
    run.build(run.EXAMPLES["ecom"], folder / "raw", folder / "ecom.duckdb")
    return duckdb.connect(str(folder / "ecom.duckdb"), read_only=True)


@pytest.fixture(scope="module")
def shipped_funnel(warehouse: duckdb.DuckDBPyConnection) -> list[int]:
    """People per step of the funnel as the page shows them."""
    rows = warehouse.execute(
        "select entered from marts.funnel_steps"
        " where funnel = 'web_checkout' and breakdown = '(all)' order by step"
    ).fetchall()
    return [entered for (entered,) in rows]


def people_per_step(depths: list[int]) -> list[int]:
    """How many got at least as far as each step."""
    return [sum(depth >= step for depth in depths) for step in range(1, len(STEPS) + 1)]


def test_the_example_keeps_every_event(
    warehouse: duckdb.DuckDBPyConnection, library: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so itself, by its exit code."""
    example = run.EXAMPLES["ecom"]
    source = example.source.replace("{data}", str(Path(library.__file__).parent / "datasets"))
    assert example.show(warehouse, source) == 0
    assert "events in the warehouse 31,106 · in the source 31,106" in capsys.readouterr().out


def test_sessions_hold_the_same_events(warehouse: duckdb.DuckDBPyConnection, stream: Any) -> None:
    """No pause of the data lies between our rule (30 minutes or more) and the library's (more than 30)."""
    theirs = {frozenset(numbers) for numbers in stream.df.groupby("session_id")["event_id"].agg(list)}
    ours = defaultdict(set)
    for session, event in warehouse.execute(
        "select session_id, split_part(touchpoint_id, ':', 2) from marts.touchpoints"
        " where source_table = 'web_events'"
    ).fetchall():
        ours[session].add(event)
    assert {frozenset(numbers) for numbers in ours.values()} == theirs
    assert warehouse.execute("select count(*) from marts.sessions").fetchall() == [(3605,)] == [(len(theirs),)]


def test_transitions_are_the_same(warehouse: duckdb.DuckDBPyConnection, stream: Any) -> None:
    """Every pair of steps, events of one second in the order of the file; runs of a step count once with us."""
    matrix = stream.transition_graph_data(edge_weight="count", path_col="session_id")
    theirs: Counter[tuple[str, str]] = Counter()
    repeated = 0
    for source, row in matrix.iterrows():
        for target, count in row.items():
            if source == target:
                repeated += int(count)
            elif count:
                theirs[OUR_NAMES.get(source, source), OUR_NAMES.get(target, target)] = int(count)
    ours = {
        (source, target): count
        for source, target, count in warehouse.execute(
            "select from_step, to_step, sum(transitions) from marts.path_transitions"
            " where path_kind = 'session' and anchor = 'start' group by all"
        ).fetchall()
    }
    assert len(theirs) == 353
    assert ours == theirs
    # a path of n steps has n + 1 hops: what is missing are the repetitions, and nothing else
    assert sum(ours.values()) + repeated == len(stream.df) + 3605


def test_funnel_without_windows_is_the_same(
    folder: Path, warehouse: duckdb.DuckDBPyConnection, stream: Any
) -> None:
    """The library's funnel knows no window: with ours wide open the people per step are equal."""
    names = [OUR_NAMES.get(step, step) for step in STEPS]
    touchpoints = folder / "touchpoints.parquet"
    warehouse.execute(f"copy marts.touchpoints to '{touchpoints}' (format parquet)")
    project = BehaviourProject(
        folder / "funnel",
        ["int_people_numbered", "int_touches_numbered", "int_funnel_steps", "int_funnel_events", "int_funnel_chains", "int_funnel_attempts"],
    )
    project.seed_funnels(
        [("open", "ordered", 24 * 365, False)],
        [("open", number, name, False, None, True) for number, name in enumerate(names, 1)],
    )
    person = "coalesce(customer_id, identity_key)"
    number = f"dense_rank() over (order by {person}) as person_number"
    project.view(
        "int_touchpoints", f"select *, {number} from '{touchpoints}' where {person} is not null"
    )
    project.view(
        "int_identities_numbered",
        f"select {person} as person_key, {number} from '{touchpoints}' where {person} is not null group by {person}",
    )
    project.view("orders", "select cast(null as string) as order_id, cast(0 as bigint) as customer_order_number")
    project.build()
    depths = [
        depth for (depth,) in project.fetch(f"select steps_reached from {project.schema}.int_funnel_attempts")
    ]
    theirs = [step["unique_paths"] for step in stream.funnel_data(STEPS)["steps"]]
    assert theirs == [598, 517, 401, 281, 146]
    assert people_per_step(depths) == theirs


def test_shipped_funnel_differs_by_its_windows(shipped_funnel: list[int], stream: Any) -> None:
    """72 hours from the first step, an hour from checkout to payment: tried from every start of everybody."""
    depths = []
    for _, events in stream.df.groupby("user_id", observed=True):
        times = {
            step: [moment.timestamp() for moment in events.loc[events["event"] == step, "timestamp"]]
            for step in STEPS
        }
        deepest = 0
        for start in times["product_view"]:
            reached = [start]
            for number, step in enumerate(STEPS, 1):
                limit = HOUR if step == "payment_details" else 72 * HOUR
                reached = [
                    moment
                    for moment in times[step]
                    if moment <= start + 72 * HOUR
                    and any(before <= moment <= before + limit for before in reached)
                ]
                if not reached:
                    break
                deepest = max(deepest, number)
        depths.append(deepest)
    theirs = [step["unique_paths"] for step in stream.funnel_data(STEPS)["steps"]]
    assert shipped_funnel == people_per_step(depths) == [598, 484, 317, 166, 56]
    by_session = stream.funnel_data(STEPS, path_col="session_id")["steps"]
    assert [step["unique_paths"] for step in by_session] == [2868, 944, 418, 165, 44]
    assert all(ours <= open_ended for ours, open_ended in zip(shipped_funnel, theirs, strict=True))


def test_drivers_find_the_planted_errors(warehouse: duckdb.DuckDBPyConnection, stream: Any) -> None:
    """Both incidents lower the odds from checkout to order; visits and buyers are counted in the library's table."""
    shown = stream.df.groupby("session_id")["event"].agg(set)
    shown = shown[[("shipping_details" in events) for events in shown]]
    for marker in ("checkout_bug", "payment_error"):
        expected = [events for events in shown if marker in events]
        found = warehouse.execute(
            "select exposed, converted, direction from marts.conversion_drivers"
            " where goal = 'checkout_to_order' and factor = 'checkout_error' and level = ?",
            [marker],
        ).fetchall()
        assert found == [(len(expected), sum("purchase" in events for events in expected), "lowers")]
