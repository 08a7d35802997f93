"""Touchpoints and sessions that were built day by day equal a full build, whatever came late, changed or went."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from scripts.raw_contract import load
from tests.python.behaviour_project import BehaviourProject
from tests.python.engines import ENGINE

MODELS = ["int_web_events_sessioned", "int_web_sessions", "int_touchpoints_recorded"]
INPUTS = ["int_web_visitor_keys", "int_web_events_described"]  # made anew by each build
TYPES = {
    "timestamp": "timestamp", "date": "date", "money": "decimal(18, 4)", "signed": "decimal(18, 4)",
    "number": "decimal(18, 4)", "int": "bigint", "double": "double", "boolean": "boolean",
}  # fmt: skip
STAGED = [
    "orders", "returns", "store_visits", "store_zone_visits", "associate_interactions", "campaigns",
    "campaign_touches", "service_tickets", "reviews", "survey_responses", "referrals", "accounts",
    "subscriptions", "web_events",
]  # fmt: skip
pytestmark = pytest.mark.skipif(ENGINE != "duckdb", reason="the rows are laid into the file of DuckDB")


def land(project: BehaviourProject, events: list[tuple], touches: list[tuple]) -> None:
    """What staging accepts now: web events and campaign touches, every other table empty."""
    connection = duckdb.connect(str(project.database))
    for table, contract in load().items():
        if table not in STAGED:
            continue
        columns = {name: TYPES.get(words.split(" ")[0], "varchar") for name, words in contract["columns"].items()}
        columns |= {name.replace("account_id", "account_scope"): "varchar" for name in columns if name.endswith("account_id")}
        if table == "orders":
            columns |= {"guest_key": "varchar"}
        if "amount" in contract:
            columns |= {"rate_to_base": "double"}
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"create or replace table landed_{table} ({listed})")
    connection.executemany(
        "insert into landed_web_events (event_id, source_system, occurred_at, event_type, device_id, account_id, "
        "platform, utm_medium) values (?, 'web_shop', ?, ?, ?, ?, 'web', ?)",
        events,
    )
    if touches:
        connection.executemany(
            "insert into landed_campaign_touches (touch_id, occurred_at, channel, touch_type, device_id) "
            "values (?, ?, 'email', 'click', ?)",
            touches,
        )
    connection.close()


def small_project(folder: Path) -> BehaviourProject:
    """The incremental models over landed rows."""
    project = BehaviourProject(folder, INPUTS + MODELS)
    project.copy_seed("channel_map")
    for table, contract in load().items():
        if table in STAGED:
            project.view(f"stg_{contract['group']}__{table}", f"select * from main.landed_{table}")
    return project


def random_rows(seed: int) -> tuple[list[tuple], list[tuple]]:
    """Twelve days: visits of minutes, many over midnight, and two trackers that never sleep for days."""
    rng = random.Random(seed)
    start = datetime(2024, 3, 1)
    events, number = [], 0
    for visitor in range(40):
        for _ in range(rng.randint(1, 8)):
            day = rng.randint(0, 11)
            minute = rng.choice([rng.randint(0, 1439), rng.randint(1400, 1439), rng.randint(0, 30)])
            moment = start + timedelta(days=day, minutes=minute)
            for _ in range(rng.randint(1, 6)):
                number += 1
                account = f"A{visitor}" if rng.random() < 0.3 else None
                device = None if account and rng.random() < 0.2 else f"D{visitor % 30}"
                events.append((f"E{number}", moment, "page_view", device, account, rng.choice([None, "email"])))
                moment += timedelta(minutes=rng.choice([0, 1, 7, 29, 30, 31]))
    for tracker, first_day in (("T1", 2), ("T2", 5)):
        for step in range(4 * 72):
            number += 1
            moment = start + timedelta(days=first_day, minutes=15 * step)
            events.append((f"E{number}", moment, "page_view", tracker, None, None))
    touches = [
        (f"C{n}", start + timedelta(minutes=rng.randint(0, 12 * 1440)), f"D{rng.randint(0, 29)}") for n in range(200)
    ]
    return events, touches


def contents(project: BehaviourProject) -> dict[str, list[tuple]]:
    """Every row that stands for something."""
    return {
        model: sorted(
            project.fetch(f"select * from {project.schema}.{model} where not is_tombstone"), key=repr
        )
        for model in MODELS
    }


def test_day_by_day_equals_a_full_build(tmp_path: Path) -> None:
    """Days in disorder, late rows that join two sessions, corrections, erased rows, an emptied day, an earlier as_of."""
    rng = random.Random(7)
    events, touches = random_rows(11)
    project = small_project(tmp_path / "increments")
    shuffled = events[:]
    rng.shuffle(shuffled)
    days = sorted({event[1].date() for event in events})
    first = [e for e in shuffled if e[1].date() in days[::2]]
    second = first + [e for e in shuffled if e[1].date() in days[1::4]]
    everything = list(shuffled)
    corrected = [
        (*event[:2], "search", *event[3:]) if rng.random() < 0.02 else event
        for event in everything
        if rng.random() > 0.03 and event[1].date() != days[4]
    ]
    earlier = [event for event in corrected if event[1].date() < days[8]]
    states = [(first, touches[:50]), (second, touches[50:]), (everything, touches), (corrected, touches[::3]), (earlier, touches[:1])]
    for number, (landed_events, landed_touches) in enumerate(states):
        land(project, landed_events, landed_touches)
        project.build()
        if number in (2, 4):
            full = small_project(tmp_path / f"full_{number}")
            land(full, landed_events, landed_touches)
            full.build()
            found, expected = contents(project), contents(full)
            for model in MODELS:
                differing = set(found[model]) ^ set(expected[model])
                assert found[model] == expected[model], (model, number, sorted(differing, key=repr)[:4])
    longest = project.fetch(f"select max(session_started_on), count(distinct session_id) from {project.schema}.{MODELS[0]}")
    assert longest[0][1] > 50


def test_an_unchanged_source_rewrites_nothing(tmp_path: Path) -> None:
    """A second build finds no day to rebuild: the rows stay where they were."""
    project = small_project(tmp_path)
    land(project, *random_rows(5))
    project.build()
    query = f"select count(*), min(rowid), max(rowid) from {project.schema}.{MODELS[0]}"
    before = project.fetch(query)
    project.build()
    assert project.fetch(query) == before


def test_sessions_by_definition(tmp_path: Path) -> None:
    """Sessions equal a plain walk over each visitor's events: a gap of 30 minutes ends one, of less does not."""
    events, _ = random_rows(3)
    project = small_project(tmp_path)
    land(project, events, [])
    project.build()
    expected = {}
    visitors: dict[str, list[tuple]] = {}
    for event in events:
        visitors.setdefault(event[3] or f"account {event[4]}", []).append(event)
    for rows in visitors.values():
        current = previous = None
        for event in sorted(rows, key=lambda row: (row[1], row[0])):
            if previous is None or event[1] - previous >= timedelta(minutes=30):
                current = f"web_events:{event[0]}"
            expected[event[0]] = current
            previous = event[1]
    found = dict(project.fetch(f"select event_id, session_id from {project.schema}.{MODELS[0]}"))
    assert found == expected
