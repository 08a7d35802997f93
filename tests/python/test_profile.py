"""The profile from outside: the memory of tags, the daily roll-up, and what a broken registry says.

Each test is a small project that takes the real models and puts tables in the place of what they
read, so that a run costs seconds and every day, rule and value is known.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest
from engines import ROOT, SmallProject

MODELS = ROOT / "models" / "intermediate" / "profile"
SEEDS = ROOT / "seeds" / "reference"


def table(columns: dict[str, str], rows: list[dict[str, Any]]) -> str:
    """A model that holds these rows; values arrive as text and are cast."""
    select = "select {} where false".format(
        ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    )
    for row in rows:
        values = []
        for name, kind in columns.items():
            value = row.get(name)
            text = "null" if value is None else "'" + str(value).replace("'", "''") + "'"
            values.append(f"cast({text} as {kind}) as {name}")
        select += "\nunion all\nselect " + ", ".join(values)
    return select


def small_project(folder: Path, models: list[str], variables: str = "") -> SmallProject:
    """A project with these models of the profile; its tables stand in the schema `intermediate`."""
    project = SmallProject(
        folder, ["cross_db", "governance", "profile", "time"], schema="intermediate"
    )
    for model in models:
        project.write(f"models/{model}.sql", (MODELS / f"{model}.sql").read_text(encoding="utf-8"))
    path = folder / "dbt_project.yml"
    path.write_text(
        path.read_text(encoding="utf-8")
        + "\nvars: {timezone: UTC, base_currency: CNY, profile_window_days: 365,"
        + " tag_min_confidence: 0.8, consent_when_untracked: allow, capture_past_tags: false}\n",
        encoding="utf-8",
    )
    return project


def run(project: SmallProject, *arguments: str) -> None:
    """Run dbt and show its words where it fails."""
    result = project.dbt("run", *arguments)
    assert result.returncode == 0, result.stdout[-3000:]


# --- the memory of tags -------------------------------------------------------------------------

TAG = {
    "customer_id": "string", "tag": "string", "tag_value": "string", "confidence": "double",
    "evidence": "string", "definition_hash": "string", "tagged_as_of": "date",
}  # fmt: skip
REGISTRY = {"tag": "string", "definition_hash": "string", "as_of": "date"}


def capture(
    project: SmallProject, as_of: str, values: dict[tuple[str, str], str], rules: dict[str, str], *arguments: str
) -> None:
    """One build on a reference date: the tags of the day and the rules they follow."""
    tags = [
        {"customer_id": customer, "tag": tag, "tag_value": value, "confidence": 1, "evidence": "e",
         "definition_hash": rules[tag], "tagged_as_of": as_of}
        for (customer, tag), value in values.items()
    ]  # fmt: skip
    registry = [{"tag": tag, "definition_hash": rule, "as_of": as_of} for tag, rule in rules.items()]
    project.write("models/customer_tags.sql", table(TAG, tags))
    project.write("models/int_tag_registry.sql", table(REGISTRY, registry))
    project.write(
        "models/stg_commerce__as_of.sql",
        table({"as_of": "date", "as_of_at": "timestamp"}, [{"as_of": as_of, "as_of_at": as_of}]),
    )
    project.write("models/int_build_date.sql", table({"is_past": "boolean"}, [{"is_past": False}]))
    run(project, *arguments)


def memory(project: SmallProject) -> list[tuple]:
    """Every change that is held, markers included."""
    return project.fetch(
        "select cast(captured_as_of as string), tag, customer_id, tag_value, definition_hash"
        " from intermediate.int_tag_changes order by 1, 2, 3, 4"
    )


def state(project: SmallProject, as_of: str) -> dict[tuple[str, str], str]:
    """What the memory says was true on a day."""
    rows = project.fetch(
        "select customer_id, tag, max_by(tag_value, captured_as_of) from intermediate.int_tag_changes"
        f" where captured_as_of <= date '{as_of}' and tag != '(capture)' group by customer_id, tag"
    )
    return {(customer, tag): value for customer, tag, value in rows if value != "(none)"}


DAYS = ["2024-01-31", "2024-02-29", "2024-03-31"]
RULES = {"band": "r1", "city": "r1"}
STATES: list[dict[tuple[str, str], str]] = [
    {("a", "band"): "low", ("a", "city"): "Suzhou", ("b", "band"): "low"},
    {("a", "band"): "high", ("a", "city"): "Suzhou"},
    {("a", "band"): "low", ("a", "city"): "Suzhou", ("c", "band"): "high"},
]


@pytest.fixture(name="history", scope="module")
def captured_history(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """The two models that remember, after three month ends."""
    project = small_project(
        tmp_path_factory.mktemp("history"), ["int_tag_changes_pending", "int_tag_changes"]
    )
    for day, values in zip(DAYS, STATES, strict=True):
        capture(project, day, values, RULES)
    return project


def test_only_changes_are_held_and_every_past_state_comes_back(history: SmallProject) -> None:
    """Guards the history: three month ends, each state exact, unchanged values stored once."""
    for day, values in zip(DAYS, STATES, strict=True):
        assert state(history, day) == values
    changes = [row for row in memory(history) if row[1] == "city"]
    assert changes == [
        ("2024-01-31", "city", "a", "Suzhou", "r1"),
    ]


def test_a_rerun_of_the_same_day_and_a_full_refresh_change_nothing(history: SmallProject) -> None:
    """Guards against a history that grows by being built, or is lost by being rebuilt."""
    before = memory(history)
    run(history)
    assert memory(history) == before
    run(history, "--full-refresh")
    assert memory(history) == before


def test_months_may_be_captured_in_any_order(history: SmallProject, tmp_path: Path) -> None:
    """Guards the backfill: days captured late give the history that they give in order, and may be replaced."""
    late = small_project(tmp_path, ["int_tag_changes_pending", "int_tag_changes"])
    for position in (2, 0, 1):
        capture(late, DAYS[position], STATES[position], RULES)
    assert memory(late) == memory(history)
    corrected = {**STATES[1], ("a", "band"): "low"}
    capture(late, DAYS[1], corrected, RULES)
    assert [state(late, day) for day in DAYS] == [STATES[0], corrected, STATES[2]]


def test_a_changed_rule_moves_its_own_tag_only_and_shows(history: SmallProject) -> None:
    """Guards that a new limit of one tag leaves the others alone and can be told from a change of the customer."""
    moved = {**STATES[2], ("a", "band"): "medium"}
    capture(history, "2024-04-30", moved, {**RULES, "band": "r2"})
    new_rows = [row for row in memory(history) if row[0] == "2024-04-30"]
    assert [row for row in new_rows if row[1] != "(capture)"] == [("2024-04-30", "band", "a", "medium", "r2")]
    rules = {row[2]: row[4] for row in new_rows if row[1] == "(capture)"}
    assert rules == {"(any)": "(any)", "band": "r2", "city": "r1"}


# --- the daily roll-up --------------------------------------------------------------------------

EVENT = {
    "event_id": "string", "source_system": "string", "account_id": "string", "occurred_at": "timestamp",
    "event_type": "string", "platform": "string", "category": "string", "content_topic": "string",
    "feature": "string",
}  # fmt: skip


def events(seed: int, count: int) -> list[dict[str, Any]]:
    """Random events of five accounts on ten days."""
    draw = random.Random(seed)
    return [
        {
            "event_id": f"{seed}-{number}",
            "source_system": "app",
            "account_id": draw.choice(["1", "2", "3", "4", "5", None]),
            "occurred_at": f"2024-03-{draw.randint(1, 10):02d} {draw.randint(0, 23):02d}:15:00",
            "event_type": draw.choice(["product_view", "search", "login"]),
            "platform": draw.choice(["web", "ios", None]),
            "category": draw.choice(["Dairy", "Baby", None]),
            "content_topic": None,
            "feature": None,
        }
        for number in range(count)
    ]


def roll_up(project: SmallProject, rows: list[dict[str, Any]], *arguments: str) -> list[tuple]:
    """Build the roll-up over these events and return it; the fingerprints of the markers count as well."""
    project.write("models/stg_behaviour__web_events.sql", table(EVENT, rows))
    accounts = [{"account_key": f"k{n}", "source_system": "app", "account_id": n} for n in range(1, 6)]
    project.write(
        "models/int_account_names.sql",
        table({"account_key": "string", "source_system": "string", "account_id": "string"}, accounts),
    )
    run(project, *arguments)
    return project.fetch(
        "select cast(activity_on as string), account_key, event_type, dimension, dimension_value, event_count"
        " from intermediate.int_interest_days where event_count > 0 order by 1, 2, 3, 4, 5"
    )


def test_a_days_increment_equals_the_full_build(tmp_path: Path) -> None:
    """Guards the roll-up against late, corrected, withdrawn and new events: always what a full build gives."""
    project = small_project(tmp_path, ["int_interest_days_changed", "int_interest_days"])
    rows = events(1, 120)
    roll_up(project, rows)
    rows = [row for row in rows if not row["occurred_at"].startswith("2024-03-04")]  # a whole day withdrawn
    rows[0] = {**rows[0], "account_id": "1", "category": "Corrected"}
    rows += [{**events(2, 1)[0], "account_id": "2", "occurred_at": "2024-03-02 09:00:00"}]
    rows += [{**events(3, 1)[0], "account_id": "3", "occurred_at": "2024-03-11 09:00:00"}]
    increment = roll_up(project, rows)
    touched = project.fetch("select cast(activity_on as string) from intermediate.int_interest_days_changed order by 1")
    assert {day for (day,) in touched} == {"2024-03-02", "2024-03-04", "2024-03-11", rows[0]["occurred_at"][:10]}
    assert increment == roll_up(project, rows, "--full-refresh")
    roll_up(project, rows)
    assert project.fetch("select count(*) from intermediate.int_interest_days_changed") == [(0,)]


# --- the registry -------------------------------------------------------------------------------


@pytest.fixture(name="registry")
def small_registry(tmp_path: Path) -> SmallProject:
    """The shipped registry with the models that check it."""
    checks = ["int_tag_names_unknown", "int_tag_value_issues", "int_tag_registry_issues"]
    project = small_project(tmp_path, [*checks, "int_tag_registry"])
    for path in SEEDS.glob("tag_*.csv"):
        project.write(f"seeds/{path.name}", path.read_text(encoding="utf-8"))
    text = (SEEDS / "_tag_registry__seeds.yml").read_text(encoding="utf-8")
    begin, others = text.split("  - name: dayparts")
    project.write("seeds/seeds.yml", begin)
    assert "lifecycle_rules" in others
    project.write(
        "models/stg_commerce__as_of.sql",
        table({"as_of": "date", "as_of_at": "timestamp"}, [{"as_of": "2024-06-01"}]),
    )
    return project


def rewrite(project: SmallProject, seed: str, change: dict[str, dict[str, str]]) -> None:
    """Change columns of the rows of a seed whose tag is named."""
    path = project.folder / "seeds" / f"{seed}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    touched = [row.update(change[row["tag"]]) for row in rows if row["tag"] in change]
    assert touched
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_a_broken_registry_stops_the_build_and_says_what_to_do(registry: SmallProject) -> None:
    """Guards the marketer: a slip in the seeds ends the build with the tag, the slip and the nearest right name."""
    rewrite(registry, "tag_registry", {"spend_band": {"reads": "window_net_revenu"}, "gender": {"tag_kind": "atribute"}})
    rewrite(registry, "tag_values", {"tenure": {"value_from": "0", "value_to": "90"}})
    result = registry.dbt("build")
    assert result.returncode == 1
    words = result.stdout
    assert "tag registry (seeds/reference/tag_*.csv) has" in words
    assert 'tag spend_band: unknown metric "window_net_revenu"; the nearest known one is "window_net_revenue"' in words
    assert 'tag gender: unknown kind "atribute"; the nearest known one is "attribute"' in words
    assert "tag tenure: the intervals of 1_to_2_years and over_2_years overlap" in words


def test_the_shipped_registry_is_sound_and_a_rule_change_shows_in_its_hash_alone(registry: SmallProject) -> None:
    """Guards the shipped tags, and that a hash follows the rule of its tag: not its label, not another tag."""
    hashes = "select tag, definition_hash from intermediate.int_tag_registry"
    result = registry.dbt("build")
    assert result.returncode == 0, result.stdout[-3000:]
    before = dict(registry.fetch(hashes))
    assert len(before) >= 45
    rewrite(registry, "tag_registry", {"gender": {"label_en": "Sex"}, "top_spender": {"min_share": "0.05"}})
    result = registry.dbt("build")
    assert result.returncode == 0, result.stdout[-3000:]
    after = dict(registry.fetch(hashes))
    assert {tag for tag in before if before[tag] != after[tag]} == {"top_spender"}
