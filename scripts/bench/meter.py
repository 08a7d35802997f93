"""One dbt command in a process of its own, metered node by node; started by `scripts.bench.measure`.

    python -m scripts.bench.meter FILE dbt arguments …

Runs dbt inside this process with one node at a time, so that the processor time of the process between
the start and the end of a node is the node's own. Writes a JSON file: seconds by the clock, seconds
of the processors, peak memory in GiB, and for each node both seconds. Ends with 0 if dbt succeeded.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner


def main(arguments: list[str]) -> int:
    """Run dbt and write what it took; returns the exit code."""
    file, *command = arguments
    started: dict[str, tuple[float, float]] = {}
    nodes: dict[str, tuple[float, float]] = {}

    def listen(event: Any) -> None:
        if event.info.name not in ("NodeStart", "NodeFinished"):
            return
        node, now = event.data.node_info.unique_id, (time.monotonic(), time.process_time())
        if event.info.name == "NodeStart":
            started[node] = now
        elif node in started:
            nodes[node] = (now[0] - started[node][0], now[1] - started[node][1])

    begun = time.monotonic()
    outcome = dbtRunner(callbacks=[listen]).invoke([*command, "--threads", "1"])
    unit = 1 if sys.platform == "darwin" else 1024
    measured = {
        "seconds": time.monotonic() - begun,
        "processor_seconds": time.process_time(),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30,
        "nodes": nodes,
    }
    Path(file).write_text(json.dumps(measured), "utf-8")
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
