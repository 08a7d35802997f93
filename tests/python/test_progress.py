"""The progress of a build in words: on a terminal and in a log; and what changed since the last build."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from scripts import build, last_build, summary
from scripts.progress import Progress, in_words

from tests.python.engines import ROOT

MODELS = [("model", "base", "staging/commerce/base.sql", "success"), ("model", "step", "intermediate/core/step.sql", "success"), ("model", "mart", "marts/core/mart.sql", "success")]
TESTS = [("test", "careful", "invariants/careful.sql", "warn"), ("test", "broken", "invariants/broken.sql", "fail")]


def event(name: str, msg: str, level: str = "info", **data: Any) -> str:
    """A line as dbt writes it."""
    return json.dumps({"info": {"name": name, "msg": msg, "level": level}, "data": data}) + "\n"


def node_events(kind: str, name: str, path: str, status: str, seconds: float) -> list[str]:
    """Beginning and end of a step."""
    node = {"resource_type": kind, "node_name": name, "node_path": path, "unique_id": f"{kind}.customer360.{name}", "node_started_at": "x"}
    level = {"warn": "warn", "fail": "error"}.get(status, "info")
    return [
        event("LogStartLine", f"START {name}", node_info={**node, "node_status": "started", "node_finished_at": ""}, index=1, total=5),
        event(
            "LogTestResult" if kind == "test" else "LogModelResult", f"{status.upper()} {name}", level,
            node_info={**node, "node_status": status, "node_finished_at": "x"}, execution_time=seconds,
        ),
    ]  # fmt: skip


def a_build() -> list[str]:
    """All lines of a small build: three models, two tests, a warning of a macro, a traceback, a word that is no event."""
    lines = [event("MainReportVersion", "Running with dbt"), event("JinjaLogWarning", "two columns are not read", "warn"), "a word from a library\n"]
    for step in MODELS + TESTS:
        lines += node_events(*step, seconds=2.0)
    lines.append(event("MainStackTrace", "Traceback (most recent call last):\n  File somewhere\n    code\nValueError: told", "error"))
    return [*lines, event("StatsLine", "Done. PASS=3 WARN=1 ERROR=1")]


def run(is_terminal: bool, last_times: dict[str, float] | None = None) -> tuple[Progress, str]:
    """Take the build in; every look at the clock is a second later."""
    seconds = iter(range(1000))
    out = io.StringIO()
    progress = Progress(out, is_terminal, last_times or {}, clock=lambda: next(seconds))
    progress.show()
    for line in a_build():
        for told in progress.take(line):
            progress.tell(told)
    progress.end()
    return progress, out.getvalue()


def test_a_log_has_lines_and_no_control_characters() -> None:
    """One line at each tenth, what dbt says beside it, and the steps in words at the end."""
    progress, text = run(is_terminal=False)
    assert all(character == "\n" or character.isprintable() for character in text)
    lines = text.splitlines()
    assert lines[0].startswith("reading the project")
    assert [line.split(",")[0].split(":")[0].strip() for line in lines if " % " in line] == [
        "0 %  staging", "20 %  staging", "40 %  intermediate", "60 %  marts", "80 %  marts", "100 %  marts",
    ]  # fmt: skip
    assert "3 of 5 steps, 3 models and 0 tests done" in text
    for told in ("two columns are not read", "a word from a library", "WARN careful", "FAIL broken", "Done. PASS=3 WARN=1 ERROR=1"):
        assert told in lines
    assert "START" not in text and "SUCCESS" not in text and "Running with" not in text
    assert lines[-1].startswith("3 models, 0 seeds and 2 tests in")
    assert progress.warnings == ["careful"]
    assert progress.times == {f"model.customer360.{name}": 2.0 for name in ("base", "step", "mart")} | {f"test.customer360.{name}": 2.0 for name in ("careful", "broken")}


def test_a_terminal_has_one_line_that_is_written_over() -> None:
    """Each state begins by clearing the last one; messages stand on lines of their own; none is longer than the terminal."""
    _, text = run(is_terminal=True)
    states = [part for part in text.split("\r\x1b[K") if " % " in part]
    assert len(states) == 10 and not any("\n" in state for state in states)
    assert all(len(state) < 100 for state in states)
    assert "\r\x1b[Ktwo columns are not read\n" in text
    assert text.splitlines()[-1].startswith("3 models")


def test_time_left_is_that_of_the_last_build_by_the_pace_of_this() -> None:
    """Of 10 seconds 2 are done after as many ticks: four times that is left. A first build gives none."""
    times = {f"{kind}.customer360.{name}": 2.0 for kind, name, _, _ in MODELS + TESTS}
    progress = Progress(io.StringIO(), False, times, clock=lambda: 0.0)
    ticks = iter([10.0])
    for line in node_events(*MODELS[0], seconds=2.0):
        progress.take(line)
    progress.clock = lambda: next(ticks)
    assert progress.seconds_left() == pytest.approx(40.0)
    assert "left" not in run(is_terminal=False)[1]
    assert "left" in run(is_terminal=False, last_times=times)[1]


def test_a_part_does_not_wait_for_what_is_not_built() -> None:
    """Of a hundred steps of the last build five are built: the time left is of four, not of 99."""
    times = {f"model.customer360.other_{number}": 2.0 for number in range(95)} | {f"{kind}.customer360.{name}": 2.0 for kind, name, _, _ in MODELS + TESTS}
    progress = Progress(io.StringIO(), False, times, clock=lambda: 0.0)
    for line in node_events(*MODELS[0], seconds=2.0):
        progress.take(line)
    progress.clock = lambda: 10.0
    assert progress.seconds_left() == pytest.approx(40.0)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (62, "1 min 02 s"), (599.4, "9 min 59 s"), (600, "10 min"), (3599, "1 h 00 min"), (7260, "2 h 01 min")])
def test_durations_in_words(seconds: float, words: str) -> None:
    """No finer than it is known."""
    assert in_words(seconds) == words


FAKE = """#!{python}
import sys
sys.stdout.write({text!r})
sys.exit({code})
"""


@pytest.mark.parametrize("is_terminal", [False, True], ids=["log", "terminal"])
def test_the_command_as_a_user_sees_it(tmp_path: Path, is_terminal: bool) -> None:
    """The real command with a dbt that plays a build back: on a pseudo-terminal one line, in a pipe none of its signs."""
    dbt = tmp_path / "dbt"
    dbt.write_text(FAKE.format(python=sys.executable, text="".join(a_build()), code=3), encoding="utf-8")
    dbt.chmod(0o755)
    code = f"import sys; from pathlib import Path; from scripts import build; build.DBT = Path({str(dbt)!r}); sys.exit(build.main([]))"
    environment = {**os.environ, "CUSTOMER360_WAREHOUSE": str(tmp_path / "w.duckdb"), "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-c", code]
    if is_terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs, close_fds=True)
        os.close(theirs)
        chunks = []
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux says the end of a terminal so
                break
            if not chunk:
                break
            chunks.append(chunk)
        os.close(ours)
        text = b"".join(chunks).decode()
        assert process.wait() == 3
        assert "\r\x1b[K100 %  marts" in text
    else:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        text = done.stdout
        assert done.returncode == 3
        assert "\x1b" not in text and "\r" not in text
    assert "FAIL broken" in text
    assert "ValueError: told" in text and "Traceback" not in text and "File somewhere" not in text


def make_warehouse(path: Path, build_id: str, customers: int, drifted: list[str]) -> None:
    """A warehouse with what the summary reads."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.build_state as select '{build_id}' as build_id, 'complete' as status, cast(null as text) as reason, date '2025-07-01' as as_of")
        connection.execute(f"create table marts.customers as select i as customer_id from range({customers}) as numbers(i)")
        connection.execute(f"create table marts.orders as select 10.25 as net_revenue from range({customers}) as numbers(i)")
        connection.execute(f"create table marts.source_reconciliation as select {3 * customers} as raw_rows")
        connection.execute("create table marts.quarantined_records as select 1 as one from range(7) as numbers(i)")
        connection.execute("create table marts.model_monitoring (model text, as_of date, is_drifted boolean)")
        for model in drifted:
            connection.execute("insert into marts.model_monitoring values (?, '2025-07-01', true), (?, '2025-06-01', true), ('old', '2025-06-01', true)", [model, model])


def test_the_summary_says_what_changed_since_the_last_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures with their change, new drifts and warnings marked; nothing to compare with the first time, or for the same build."""
    path = tmp_path / "w.duckdb"
    monkeypatch.setenv("CUSTOMER360_WAREHOUSE", str(path))

    def lines(progress: Progress | None) -> dict[str, str]:
        assert summary.main(progress) == 0
        return {line[:22].strip(): " ".join(line[22:].split()) for line in capsys.readouterr().out.splitlines() if line.startswith("  ") and not line.startswith("  select")}

    first = Progress(io.StringIO(), False, warnings=["careful"], times={"a": 1.0})
    make_warehouse(path, "one", 1000, ["clusters"])
    told = lines(first)
    assert (told["customers"], told["net revenue"], told["drifted models"], told["tests with warnings"]) == ("1,000", "10,250.00", "1 clusters", "1 careful")
    kept = last_build.read(path)
    assert kept is not None and kept.times == {"a": 1.0}
    assert lines(None)["customers"] == "1,000"

    make_warehouse(path, "two", 1004, ["churn"])
    told = lines(Progress(io.StringIO(), False, warnings=["careful", "doubtful"]))
    assert told["as of"] == "2025-07-01 since the build as of 2025-07-01:"
    assert (told["customers"], told["net revenue"], told["raw rows"]) == ("1,004 +4", "10,291.00 +41.00", "3,012 +12")
    assert told["quarantined rows"] == "7 unchanged marts.quarantined_records says why"
    assert told["drifted models"] == "1 churn (new)" and told[""] == "no longer: clusters"
    assert told["tests with warnings"] == "2 careful, doubtful (new)"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"build_id": 1}', '{"unknown": 1}'])
def test_a_damaged_memory_of_the_last_build_is_none(tmp_path: Path, content: str) -> None:
    """It is a convenience: what cannot be read does not stop a build."""
    path = tmp_path / "w.duckdb"
    last_build.file_of(path).write_text(content, encoding="utf-8")
    assert last_build.read(path) is None


def test_publish_is_no_argument_of_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--publish` publishes after a whole build, and only then."""
    asked: list[list[str]] = []
    published: list[list[str]] = []
    codes = iter([0, 1])
    monkeypatch.setattr(build, "run_dbt", lambda arguments, progress: (asked.append(arguments) or 0, []))
    monkeypatch.setattr(build.summary, "main", lambda progress: next(codes))
    monkeypatch.setattr(build.publish, "main", lambda arguments: published.append(arguments) or 0)
    assert build.main(["--publish", "--threads", "2"]) == 0
    assert build.main(["--publish"]) == 1
    assert asked == [["--threads", "2"], []] and published == [[]]
