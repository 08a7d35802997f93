"""A build of a part, `dbt build -s +<mart>`, is green on a new warehouse: it runs the tests that it can, and no others."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from engines import ROOT

MARTS = sorted(path.stem for path in ROOT.glob("models/marts/*/*.sql"))
BUILDABLE = ("model", "seed", "test", "unit_test")  # metrics and pages are selected with marts, and build nothing
# a mart of identity with its memories, one with unit tests on optional seeds, one behind fits, one of counts
BUILT = ["customer_accounts", "rfm_segment_flows", "customer_clv", "funnel_steps"]


class Project:
    """The parsed project, and what dbt selects in it."""

    def __init__(self, target: Path) -> None:
        self.options = ["--quiet", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")]
        self.options += ["--target-path", str(target)]
        parsed = dbtRunner().invoke(["parse", *self.options])
        assert parsed.success, parsed.exception
        self.manifest = parsed.result
        self.runner = dbtRunner(manifest=self.manifest)

    def selected(self, *selection: str) -> set[str]:
        """Unique ids of what `dbt build` would run."""
        keys = ["--output", "json", "--output-keys", "unique_id"]
        listed = self.runner.invoke(["ls", *self.options, *keys, *selection])
        assert listed.success, listed.exception
        chosen = {json.loads(line)["unique_id"] for line in listed.result}
        return {unique_id for unique_id in chosen if unique_id.split(".")[0] in BUILDABLE}

    def node(self, unique_id: str) -> Any:
        """A node or unit test."""
        return self.manifest.nodes.get(unique_id) or self.manifest.unit_tests[unique_id]

    def read_by(self, unique_id: str) -> set[str]:
        """The models and seeds that a model or test reads; a seed reads nothing."""
        parents = getattr(self.node(unique_id).depends_on, "nodes", [])
        return {parent for parent in parents if parent.split(".")[0] in ("model", "seed")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Project:
    """The project as it is, parsed into a folder of its own."""
    monkeypatch = pytest.MonkeyPatch()
    request.addfinalizer(monkeypatch.undo)
    monkeypatch.chdir(ROOT)
    return Project(tmp_path_factory.mktemp("target"))


def test_a_mart_with_all_before_it_needs_nothing_else(project: Project) -> None:
    """Whatever is selected with a mart reads only what the same build makes: for every mart."""
    missing = {}
    for mart in MARTS:
        chosen = project.selected("--select", f"+{mart}")
        assert any(name.startswith("test.") for name in chosen), mart
        for unique_id in chosen:
            if unread := project.read_by(unique_id) - chosen:
                missing[mart, unique_id] = sorted(unread)
    assert missing == {}


def test_unit_tests_feed_only_what_their_model_always_reads(project: Project) -> None:
    """The columns of a fixture come from its table: a table that only some settings read may not be there."""
    for test in project.manifest.unit_tests.values():
        (model,) = (node for node in project.manifest.nodes.values() if node.unique_id in test.depends_on.nodes)
        parents = {name.split(".")[-1] for name in model.depends_on.nodes}
        given = {name for item in test.given for name in re.findall(r"ref\('(\w+)'\)", item.input)}
        assert given <= parents, test.name


def test_a_bare_build_runs_every_data_test(project: Project) -> None:
    """What a part leaves out is not lost: without a selection all tests of data run."""
    every = {name for name in project.manifest.nodes if name.startswith("test.")}
    assert project.selected() & every == every and len(every) > 150


@pytest.mark.heavy
@pytest.mark.parametrize("mart", BUILT)
def test_a_part_builds_on_a_new_warehouse(tmp_path: Path, mart: str) -> None:
    """As a user does it: exit code 0, and a second time too."""
    environment = {**os.environ, "CUSTOMER360_WAREHOUSE": str(tmp_path / "part.duckdb")}
    command = [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", "--quiet", "build", "-s", f"+{mart}"]
    command += ["--target-path", str(tmp_path / "target")]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
