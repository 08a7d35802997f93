"""`make build`: the whole build with its progress in words, errors of the machine in one line, then the summary.

    python -m scripts.build [--publish] [arguments of dbt build]

--publish makes the copies for readers when every mart is of this build.

What dbt says is passed on, but for its lines of steps that went well and the frames of Python tracebacks: logs/dbt.log has them.
Ends with dbt's exit code, or with 1 where the marts are not from one build.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts import environment_errors, last_build, publish, summary
from scripts.progress import Progress
from scripts.warehouse import ROOT, path_of_warehouse

DBT = Path(sys.executable).parent / "dbt"
TRACEBACK = "Traceback (most recent call last):"
# what an error of the machine begins with; the raw files' own errors are told by their reader
ERROR = re.compile(
    r"IO Error|INTERNAL Error|Out of Memory Error|FATAL Error|Serialization Error|Original error|OSError|PermissionError"
    r"|MemoryError|\[Errno \d+\]|_duckdb\.\w*Exception"
)


def without_frames(lines: Iterable[str]) -> Iterator[str]:
    """The lines of an output; of a traceback only what was said, not where in the code."""
    inside = False
    for line in lines:
        if TRACEBACK in line:
            inside = True
            continue
        if inside and (line.startswith(" ") or not line.strip()):
            continue
        if inside and line.startswith("During handling of the above"):
            continue
        inside = False
        yield line


def what_happened(lines: Iterable[str], path: Path) -> str | None:
    """The line that explains an error of the machine in an output; None where there is none or it was told."""
    memory = os.environ.get("CUSTOMER360_MEMORY", "80 % of the machine's")
    found = None
    for line in lines:
        if "To mend it:" in line:
            return None
        if found is None and ERROR.search(line):
            found = environment_errors.explain(line, str(path), memory)
    return found


def run_dbt(arguments: list[str], progress: Progress) -> tuple[int, list[str]]:
    """Run dbt build and tell how it goes; returns the exit code and the lines that it said."""
    lines: list[str] = []
    progress.show()
    with subprocess.Popen(
        [str(DBT), "--log-format", "json", "--no-use-colors", "build", *arguments], cwd=ROOT, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        interrupted = False
        while True:
            try:
                said = (text for line in process.stdout or () for text in progress.take(line))
                for line in without_frames(said):
                    lines.append(line)
                    progress.tell(line)
                break
            except KeyboardInterrupt:  # dbt has it too, and ends by itself
                if interrupted:
                    process.kill()
                interrupted = True
    progress.end()
    return process.returncode, lines


def main(arguments: list[str]) -> int:
    """Build, explain, sum up, publish."""
    path = path_of_warehouse()
    before = last_build.read(path)
    is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    progress = Progress(sys.stdout, is_terminal, before.times if before else {})
    code, lines = run_dbt([argument for argument in arguments if argument != "--publish"], progress)
    if code == 0:
        return summary.main(progress) or (publish.main([]) if "--publish" in arguments else 0)
    explanation = what_happened(lines, path)
    if explanation:
        print(f"\n{explanation}", file=sys.stderr)
    return code if code > 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
