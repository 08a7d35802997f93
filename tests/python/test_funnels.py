"""Funnels against a brute-force reading of their definition, on random events full of ties, and against ClickHouse."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import product
from pathlib import Path

import pytest

from tests.python.behaviour_project import BehaviourProject

EPOCH = "2024-01-01 00:00:00"
HOUR = 3600
TYPES = ["a", "b", "c", "d"]

# name: ordering, window in hours, steps as (type, strictly after, within hours)
FUNNELS = {
    "ordered": ("ordered", 6, [("a", False, None), ("b", False, None), ("c", False, None)]),
    "same_type": ("ordered", 6, [("a", False, None), ("a", True, None), ("b", True, None)]),
    "limited": ("ordered", 12, [("a", False, None), ("b", False, 2), ("c", False, 3)]),
    "short": ("ordered", 1, [("a", False, None), ("b", False, None), ("c", False, None), ("d", False, None)]),
    "strict": ("strict_order", 6, [("a", False, None), ("b", False, None), ("c", False, None)]),
    "any": ("any", 3, [("a", False, None), ("b", False, None), ("c", False, None)]),
}
REPEATED = {"repeated": ("ordered", 4, [("a", False, None), ("b", False, None)])}

Event = tuple[int, str, str]  # second, touchpoint_id, type


def random_events(seed: int, people: int = 120) -> dict[str, list[Event]]:
    """Few different moments, so that many events share one."""
    rng = random.Random(seed)
    events: dict[str, list[Event]] = {}
    number = 0
    for person in range(people):
        rows = []
        for _ in range(rng.randint(1, 14)):
            number += 1
            moment = rng.choice([0, 0, 1, 2, 3, 4, 6, 7, 9, 12, 13, 18, 24]) * HOUR + rng.choice([0, 0, 1])
            rows.append((moment, f"t{number:05d}", rng.choice(TYPES)))
        events[f"p{person:03d}"] = rows
    return events


def brute_force_depth(definition: tuple, events: list[Event]) -> int:
    """Longest chain, by trying every combination of events."""
    ordering, window, steps = definition
    window *= HOUR
    if ordering == "any":
        wanted = {kind for kind, _, _ in steps}
        return max(
            (len({k for t, _, k in events if start <= t <= start + window} & wanted) for start, _, _ in events),
            default=0,
        )
    line = sorted(events, key=lambda event: event[:2])
    if ordering == "strict_order":
        best = 0
        for first in range(len(line)):
            depth = 0
            for (moment, _, kind), (wanted_kind, _, _) in zip(line[first:], steps, strict=False):
                if kind != wanted_kind or moment - line[first][0] > window:
                    break
                depth += 1
            best = max(best, depth)
        return best
    for depth in range(len(steps), 0, -1):
        choices = [[t for t, _, k in events if k == kind] for kind, _, _ in steps[:depth]]
        for times in product(*choices):
            fits = times[-1] - times[0] <= window
            for (before, after), (_, strictly, within) in zip(
                zip(times, times[1:], strict=False), steps[1:depth], strict=True
            ):
                fits &= before < after if strictly else before <= after
                fits &= within is None or after - before <= within * HOUR
            if fits:
                return depth
    return 0


def brute_force_attempts(definition: tuple, events: list[Event]) -> list[int]:
    """Depth of each attempt: first steps are gathered until a window has passed or the funnel is done."""
    _, window, steps = definition
    starts = sorted({t for t, _, kind in events if kind == steps[0][0]})
    ends = sorted({t for t, _, kind in events if kind == steps[1][0]})
    # each second step belongs to the newest first step before it
    done, completions = set(), []
    for end in ends:
        before = [start for start in starts if start <= end]
        if before and end - before[-1] <= window * HOUR:
            done.add(before[-1])
            completions.append(end)
    depths: list[int] = []
    previous = None
    for start in starts:
        is_new = previous is None or start - previous > window * HOUR
        if is_new or any(previous <= end < start for end in completions):
            depths.append(1)
        depths[-1] = max(depths[-1], 2 if start in done else 1)
        previous = start
    return depths


@pytest.fixture(scope="module")
def events() -> dict[str, list[Event]]:
    """The random events of this module."""
    return random_events(20240611)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, events: dict[str, list[Event]]) -> BehaviourProject:
    """The funnel models on random events."""
    project = BehaviourProject(
        tmp_path_factory.mktemp("funnels"),
        ["int_people_numbered", "int_touches_numbered", "int_funnel_steps", "int_funnel_events", "int_funnel_chains",
         "int_funnel_attempts", "int_path_events", "int_path_steps", "path_nodes"],
    )  # fmt: skip
    every = FUNNELS | REPEATED
    project.seed_funnels(
        [(name, ordering, window, name in REPEATED) for name, (ordering, window, _) in every.items()],
        [
            (name, number, kind, strictly, within, False)
            for name, (_, _, steps) in every.items()
            for number, (kind, strictly, within) in enumerate(steps, 1)
        ],
    )
    project.seed(
        "touch_rows",
        {"touchpoint_id": "string", "person": "string", "second": "int", "touchpoint_type": "string",
         "session_id": "string"},
        [(key, person, t, kind, f"s{int(person[1:]) // 3}") for person, rows in events.items() for t, key, kind in rows],
    )  # fmt: skip
    project.view(
        "int_touchpoints",
        f"""select touchpoint_id, dense_rank() over (order by person) as person_number, touchpoint_type,
        cast(null as string) as campaign_id, cast(null as string) as feature, 'web' as device_platform,
        date '2024-01-01' as occurred_on, timestamp '{EPOCH}' + second * interval 1 second as occurred_at, 'web_events' as source_table,
        'web' as channel, cast(null as string) as category, cast(null as string) as page_path,
        session_id, cast(null as double) as value, cast(null as string) as order_id, true as is_primary
        from {{{{ ref('touch_rows') }}}}""",
    )
    project.view(
        "int_identities_numbered",
        """select person as person_key, dense_rank() over (order by person) as person_number
        from {{ ref('touch_rows') }} group by person""",
    )
    project.view("orders", "select cast(null as string) as order_id, cast(0 as bigint) as customer_order_number")
    project.view(
        "int_sessions",
        """select session_id, min(person) as customer_id, cast(null as string) as identity_key,
        'web_events' as source_table, false as has_purchase from {{ ref('touch_rows') }} group by session_id""",
    )
    project.build()
    return project


@pytest.mark.parametrize("name", FUNNELS)
def test_every_person_reaches_what_brute_force_says(
    built: BehaviourProject, events: dict[str, list[Event]], name: str
) -> None:
    """The longest chain of each person, ties included."""
    expected = {person: brute_force_depth(FUNNELS[name], rows) for person, rows in events.items()}
    expected = {person: depth for person, depth in expected.items() if depth}
    rows = built.fetch(
        f"select person_key, steps_reached from {built.schema}.int_funnel_attempts where funnel = '{name}'"
    )
    assert len(set(expected.values())) > 1, "the events must tell depths apart"
    assert dict(rows) == expected


def test_repeated_attempts_are_counted_as_defined(
    built: BehaviourProject, events: dict[str, list[Event]]
) -> None:
    """A new attempt begins after a window without a first step, or after the goal."""
    expected = {p: brute_force_attempts(REPEATED["repeated"], rows) for p, rows in events.items()}
    found: dict[str, list[int]] = defaultdict(list)
    for person, depth in built.fetch(
        f"select person_key, steps_reached from {built.schema}.int_funnel_attempts "
        "where funnel = 'repeated' order by person_key, entry_number"
    ):
        found[person].append(depth)
    assert dict(found) == {person: depths for person, depths in expected.items() if depths}
    assert any(len(depths) > 2 for depths in found.values())


def test_step_times_are_a_chain(built: BehaviourProject) -> None:
    """The times of an attempt keep the order, the window and the depth that it claims."""
    wrong = built.fetch(f"""
        select * from {built.schema}.int_funnel_attempts
        where at_1 != entered_at or at_2 < at_1 or at_3 < at_2 or at_4 < at_3
            or (case when at_1 is null then 0 else 1 end + case when at_2 is null then 0 else 1 end
                + case when at_3 is null then 0 else 1 end + case when at_4 is null then 0 else 1 end) != steps_reached
            or last_entered_at < entered_at
    """)
    assert wrong == []


def test_paths_and_funnels_count_the_same_people(
    built: BehaviourProject, events: dict[str, list[Event]]
) -> None:
    """Three people share each session: a step of the paths has passed everybody who took it, as in the funnels."""
    expected = {kind: sum(any(k == kind for _, _, k in rows) for rows in events.values()) for kind in TYPES}
    passed = built.fetch(f"select node, customers from {built.schema}.path_nodes where path_kind = 'session'")
    assert dict(passed) == expected
    entered = built.fetch(f"select count(*) from {built.schema}.int_funnel_attempts where funnel = 'ordered'")
    assert entered == [(expected["a"],)]
    paths = built.fetch(f"select count(distinct path_id) from {built.schema}.int_path_steps where path_kind = 'session'")
    assert paths == [(len(events),)], "each person's part of a session is one path"


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["ordered", "short"])
def test_ordered_funnels_equal_clickhouse(built: BehaviourProject, name: str) -> None:
    """windowFunnel in its default mode means the same for steps with different types."""
    import chdb

    _, window, steps = FUNNELS[name]
    file = built.folder / "events.csv"
    rows = built.fetch(f"select person, second, touchpoint_type from {built.schema}.touch_rows order by touchpoint_id")
    file.write_text("\n".join(f"{p},{s + 1},{k}" for p, s, k in rows) + "\n", encoding="utf-8")
    conditions = ", ".join(f"kind = '{kind}'" for kind, _, _ in steps)
    answer = chdb.query(
        f"select person, windowFunnel({window * HOUR})(at, {conditions}) as depth "
        f"from file('{file}', 'CSV', 'person String, at UInt32, kind String') group by person having depth > 0",
        "CSV",
    )
    expected = {
        person.strip('"'): int(depth)
        for person, depth in (line.split(",") for line in str(answer).strip().splitlines())
    }
    found = dict(
        built.fetch(f"select person_key, steps_reached from {built.schema}.int_funnel_attempts where funnel = '{name}'")
    )
    assert found == expected
