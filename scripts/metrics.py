"""The governed metrics from the shell: MetricFlow's commands on the project as it stands.

`mf` itself reads what the newest dbt command left behind, for the warehouse of that command, and looks for updates on
the network at each call. This parses first, asks for nothing, and says what to write where nothing was.
"""

from __future__ import annotations

import os
import sys

from dbt.cli.main import dbtRunner

from scripts.warehouse import ROOT


def main(arguments: list[str]) -> int:
    """Run one command of MetricFlow, `list metrics` where none is named."""
    os.chdir(ROOT)
    # MetricFlow looks nowhere else for the project as dbt reads it
    os.environ["DBT_TARGET_PATH"] = "target"
    if not dbtRunner().invoke(["--quiet", "parse"]).success:
        return 2
    import update_checker
    from dbt_metricflow.cli.main import cli

    update_checker.UpdateChecker.check = lambda *_: None
    cli(args=arguments or ["list", "metrics"], prog_name="metrics", standalone_mode=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
