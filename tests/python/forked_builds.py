"""Many builds of one project from one parse: a server process that forks a dbt build for each request.

Run as a script it parses the project once, keeps only the models asked for and their parents, then
reads one JSON request a line from its standard input and answers with one JSON line each:

    {"log": "build.log", "stop_at": 120, "delay": 0.03}   ->   {"exit": -9, "events": 120}

`stop_at` kills the build with SIGKILL, `delay` seconds after its n-th statement or finished model:
a moment that is the same whatever else the machine does. Without it the build runs to its end.
`file_limit` is the size beyond which no file of the build may grow, `environment` adds variables, and
`reader` names a file for what a reader in another thread saw of the tables meanwhile.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# statements sent, and nodes done: their number is nearly the same in every build
COUNTED = {"SQLQuery", "NodeFinished"}


class BuildServer:
    """The server seen from a test: start it, ask for builds, close it."""

    def __init__(
        self, folder: Path, roots: list[str], raw_data: str, environment: dict[str, str], variables: dict[str, Any] | None = None
    ) -> None:
        self.folder = folder
        settings = {
            "folder": str(folder), "roots": roots,
            "variables": {"raw_data": raw_data, "allow_sample_salt": True, **(variables or {})},
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(settings)], cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "server.log").open("w"), text=True,
        )  # fmt: skip
        self.models = self._answer()["models"]

    def build(self, stop_at: int | None = None, delay: float = 0.0, **more: Any) -> dict[str, Any]:
        """One build, killed or whole: its exit code (-9 where killed) and its number of events."""
        request = {"log": str(self.folder / "build.log"), "stop_at": stop_at, "delay": delay, **more}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def log(self) -> str:
        """What the last build printed."""
        return (self.folder / "build.log").read_text("utf-8")

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "server.log").read_text("utf-8")[-3000:]
        return json.loads(line)

    def close(self) -> None:
        """End the server."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def with_parents(manifest: Any, roots: list[str]) -> None:
    """Leave only the named models, all that they are made from, and the hooks."""
    names = {node.name: key for key, node in manifest.nodes.items() if node.resource_type in ("model", "seed")}
    kept: set[str] = set()
    waiting = [names[root] for root in roots]
    while waiting:
        key = waiting.pop()
        if key not in kept and key in manifest.nodes:
            kept.add(key)
            waiting += manifest.nodes[key].depends_on_nodes
    for key, node in list(manifest.nodes.items()):
        if key not in kept and node.resource_type != "operation":
            del manifest.nodes[key]
    for others in (manifest.unit_tests, manifest.semantic_models, manifest.metrics, manifest.exposures, manifest.saved_queries):
        others.clear()
    manifest.build_flat_graph()  # what `graph` shows to macros


def run_build(manifest: Any, arguments: list[str], request: dict[str, Any], events: Path) -> int:
    """In the forked process: one dbt build, killed at its moment."""
    from dbt.cli.main import dbtRunner

    output = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    lock = threading.Lock()
    seen = 0

    def kill() -> None:
        time.sleep(request["delay"])
        os.kill(os.getpid(), signal.SIGKILL)

    def listen(event: Any) -> None:
        nonlocal seen
        if event.info.name not in COUNTED:
            return
        with lock:
            seen += 1
            if seen == request["stop_at"]:
                events.write_text(str(seen), encoding="utf-8")
                threading.Thread(target=kill, daemon=True).start()

    os.environ.update(request.get("environment", {}))
    if request.get("file_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"], resource.RLIM_INFINITY))
    reader = Reader(request["reader"]) if request.get("reader") else None
    success = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(arguments).success
    events.write_text(str(seen), encoding="utf-8")
    if reader:
        reader.report()
    return 0 if success else 1


class Reader:
    """Reads every public table again and again while dbt builds in this process."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)
        self.seen: dict[str, set[int]] = {}
        self.errors: list[str] = []
        self.rounds = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager as Manager

        while not self.ended.is_set() and (not Manager._ENV or not Manager._ENV.conn):
            time.sleep(0.01)
        tables: list[tuple[str, str]] = []
        cursor = Manager._ENV.conn.cursor() if Manager._ENV else None
        while cursor and not self.ended.is_set():
            try:
                tables = tables or cursor.execute(
                    "select table_schema, table_name from information_schema.tables where table_schema = 'marts'"
                ).fetchall()
                for schema, table in tables:
                    rows = cursor.execute(f"select count(*) from {schema}.{table}").fetchall()[0][0]
                    self.seen.setdefault(f"{schema}.{table}", set()).add(rows)
                self.rounds += 1
            except Exception as error:
                self.errors.append(str(error)[:300])
                return
            time.sleep(0.05)

    def report(self) -> None:
        """Stop reading and write down what was seen."""
        self.ended.set()
        self.thread.join(timeout=30)
        seen = {table: sorted(rows) for table, rows in self.seen.items()}
        self.file.write_text(json.dumps({"seen": seen, "errors": self.errors, "rounds": self.rounds}), encoding="utf-8")


def serve(settings: dict[str, Any]) -> None:
    """The server: parse once, then fork for each request."""
    from dbt.cli.main import dbtRunner

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what dbt prints goes to the log
    folder = Path(settings["folder"])
    common = ["--no-use-colors", "--log-path", str(folder / "logs")]
    options = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles"), "--target-path", str(folder / "target")]
    options += ["--vars", json.dumps(settings["variables"])]
    parsed = dbtRunner().invoke([*common, "parse", *options])
    assert parsed.success, parsed.exception
    manifest = parsed.result
    with_parents(manifest, settings["roots"])
    print(json.dumps({"models": len(manifest.nodes)}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        events = folder / "events"
        events.write_text("0", encoding="utf-8")
        process = os.fork()
        if process == 0:
            code = 1
            try:
                code = run_build(manifest, [*common, "build", *options, *request.get("options", [])], request, events)
            finally:
                os._exit(code)
        _, status = os.waitpid(process, 0)
        print(json.dumps({"exit": os.waitstatus_to_exitcode(status), "events": int(events.read_text("utf-8"))}), file=answers, flush=True)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
