"""A build in words: which layer, how far, how long still. Reads dbt's own events (`dbt --log-format json`).

On a terminal one line is written over and over; elsewhere (a log of continuous integration) a line comes at every tenth
of the way and every half minute, without control characters. Warnings, errors and whatever else dbt says are passed on.

The time left is how long the last build of this warehouse took for the steps that are still to come, by the pace of this
one. A first build has no measure, and gives none.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

# what a step belongs to, in the order of a build
LAYERS = ("rules", "staging", "intermediate", "marts")
# events that the line of progress stands for
TOLD = {
    "MainReportVersion", "AdapterRegistered", "FoundStats", "Formatting", "ConcurrencyLine", "LogHookStartLine", "LogHookEndLine",
    "LogStartLine", "LogModelResult", "LogSeedResult", "LogTestResult", "LogSnapshotResult", "LogNodeResult", "LogFunctionResult", "LogNodeNoOpResult",
    "FinishedRunningStats", "EndOfRunSummary", "UnableToPartialParse", "DefaultSelector",
}  # fmt: skip
QUIET_SECONDS = 30
CLEAR = "\r\x1b[K"
Times = dict[str, float]


def in_words(seconds: float) -> str:
    """A duration as people say it, no finer than it is known."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60:02} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def layer_of(node: dict[str, Any]) -> str:
    """The layer of a step; tests belong to none."""
    if node.get("resource_type") == "seed":
        return "rules"
    folder = str(node.get("node_path", "")).replace("\\", "/").split("/")[0]
    return folder if node.get("resource_type") == "model" and folder in LAYERS else "tests"


@dataclass
class Progress:
    """What has been done so far, and how it is told."""

    out: TextIO
    is_terminal: bool
    last_times: Times = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    layer: str = "rules"
    times: Times = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)
    _done: set[str] = field(default_factory=set)
    _began: float | None = None
    _told_at: float = 0
    _told_tenth: int = -1
    _has_line: bool = False

    def take(self, line: str) -> list[str]:
        """One line of dbt's output; returns the lines of text in it that are to be passed on."""
        try:
            event = json.loads(line)
            info, data = event["info"], event.get("data") or {}
        except (ValueError, KeyError, TypeError):
            return [line.rstrip("\n")]
        node = data.get("node_info") or {}
        if info["name"] == "LogStartLine":
            self.start(node, int(data.get("total") or 0))
        elif node.get("node_status") and node.get("node_finished_at") and info["name"] in TOLD:
            self.finish(node, data)
        if info["name"] in TOLD and info["level"] not in ("warn", "error"):
            return []
        return str(info["msg"]).splitlines()

    def start(self, node: dict[str, Any], total: int) -> None:
        """A step begins."""
        if self._began is None:
            self._began = self._told_at = self.clock()
        self.total = max(self.total, total)
        layer = layer_of(node)
        if layer in LAYERS:
            self.layer = layer
        self.show()

    def finish(self, node: dict[str, Any], data: dict[str, Any]) -> None:
        """A step has ended, well or not."""
        name = str(node.get("unique_id"))
        if name in self._done or name.startswith("operation."):
            return
        self._done.add(name)
        self.steps[layer_of(node)] += 1
        if data.get("execution_time") is not None:
            self.times[name] = float(data["execution_time"])
        if node["node_status"] == "warn":
            self.warnings.append(str(node.get("node_name")))
        self.show()

    def seconds_left(self) -> float | None:
        """How long the steps to come took the last time, by the pace of this build; None where it is not known."""
        before = sum(self.last_times.get(name, 0) for name in self._done)
        to_come = [seconds for name, seconds in self.last_times.items() if name not in self._done]
        steps = self.total - len(self._done)
        if not before or self._began is None or (steps and not to_come):
            return None
        # of a part of the project not all that the last build did is to come
        remaining = sum(to_come) / len(to_come) * steps if to_come else 0
        return (self.clock() - self._began) / before * remaining

    def sentence(self) -> str:
        """Where the build stands."""
        if self._began is None:
            return "reading the project and looking at the raw data …"
        done = len(self._done)
        models = sum(self.steps[layer] for layer in LAYERS[1:])
        left = self.seconds_left()
        return (
            f"{100 * done // self.total if self.total else 0:>3} %  {self.layer}{f', about {in_words(left)} left' if left is not None and done < self.total else ''}:"
            f" {done} of {self.total} steps, {models} models and {self.steps['tests']} tests done, {in_words(self.clock() - self._began)} so far"
        )

    def show(self) -> None:
        """Say where the build stands, when it is time to."""
        now = self.clock()
        if self.is_terminal:
            width = shutil.get_terminal_size((100, 24)).columns
            self.out.write(CLEAR + self.sentence()[: width - 1])
            self._has_line = True
        else:
            tenth = 10 * len(self._done) // self.total if self.total else 0
            if self._began is not None and tenth <= self._told_tenth and now - self._told_at < QUIET_SECONDS:
                return
            self._told_at = now
            self._told_tenth = tenth if self._began is not None else -1
            self.out.write(self.sentence() + "\n")
        self.out.flush()

    def tell(self, line: str) -> None:
        """Pass on a line that dbt said, above the line of progress."""
        self.clear()
        self.out.write(line + "\n")
        self.out.flush()

    def clear(self) -> None:
        """Take the line of progress off the terminal."""
        if self._has_line:
            self.out.write(CLEAR)
            self._has_line = False

    def end(self) -> None:
        """The last line: what was done, and in what time."""
        self.clear()
        if self._began is not None:
            models = sum(self.steps[layer] for layer in LAYERS[1:])
            self.out.write(f"{models} models, {self.steps['rules']} seeds and {self.steps['tests']} tests in {in_words(self.clock() - self._began)}\n")
        self.out.flush()
