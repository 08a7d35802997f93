"""Settings that cannot be used are refused before anything builds, all at once; a value is never SQL."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import ROOT, SmallProject

PROJECT = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """One model behind the check, with the settings of the real project."""
    small = SmallProject(tmp_path_factory.mktemp("settings"), ["cross_db", "cleaning", "input"], "test_settings")
    written = yaml.safe_load((small.folder / "dbt_project.yml").read_text("utf-8"))
    written |= {"on-run-start": ["{{ check_settings() }}"], "vars": PROJECT["vars"]}
    small.write("dbt_project.yml", yaml.safe_dump(written))
    small.write("models/one.sql", "select 1 as number")
    return small


def run(project: SmallProject, settings: dict[str, Any]) -> tuple[int, str]:
    """Exit code and what the user reads, on one line."""
    done = project.dbt("run", "--vars", json.dumps(settings))
    return done.returncode, " ".join(done.stdout.split())


def test_every_setting_has_a_rule_and_the_defaults_keep_them(project: SmallProject) -> None:
    """Also the edges of what is allowed. A setting without a rule would be called unknown."""
    edges = {
        "as_of": "2024-02-29", "base_currency": "USD", "default_country": "DE", "timezone": "Asia/Shanghai",
        "tag_min_confidence": 1, "clv_segment_by": "acquisition_channel", "k_anonymity": 1, "clusters_k": "3",
        "raw_data": "it's/{table}.csv",
    }  # fmt: skip
    code, said = run(project, edges)
    assert code == 0, said


def test_the_check_comes_before_all_else() -> None:
    assert PROJECT["on-run-start"][0] == "{{ check_settings() }}"


def test_all_that_is_wrong_is_said_at_once(project: SmallProject) -> None:
    wrong = {
        "base_curency": "EUR", "zzz": 1, "as_of": "2023-02-29", "base_currency": "eur", "default_country": False,
        "timezone": "Europe/Berlim", "consent_when_untracked": "denied", "k_anonymity": 0, "rfm_scoring": "x' or '1'='1",
        "allow_sample_salt": "yes", "tag_min_confidence": 1.5, "clusters_k": 2.5, "clv_segment_by": "region; drop table x",
        "raw_data": "", "session_gap_minutes": "30 or 1=1",
    }  # fmt: skip
    # and a line of the project file
    written = yaml.safe_load((project.folder / "dbt_project.yml").read_text("utf-8"))
    project.write("dbt_project.yml", yaml.safe_dump({**written, "vars": {**PROJECT["vars"], "time_zone": "UTC"}}))
    code, said = run(project, wrong)
    assert code != 0
    for message in (
        "there is no setting base_curency. Did you mean base_currency?",
        "there is no setting time_zone. Did you mean timezone?",
        "there is no setting zzz. dbt_project.yml lists all.",
        "as_of: '2023-02-29' is not a day of the calendar from 1970 on, written YYYY-MM-DD",
        "base_currency: 'eur' is no currency code of three capitals: write EUR",
        "default_country: 'False' is read as a yes or no: put it in quotes",
        "timezone: 'Europe/Berlim' is no time zone of the IANA list: did you mean Europe/Berlin?",
        "consent_when_untracked: 'denied' is not one of deny, allow: did you mean deny?",
        "k_anonymity: '0' is not a whole number from 1 to 1000000",
        "rfm_scoring: 'x' or '1'='1' is not one of quantile, thresholds",
        "allow_sample_salt: 'yes' is neither true nor false",
        "tag_min_confidence: '1.5' is not a number from 0 to 1",
        "clusters_k: '2.5' is not a whole number from 0 to 100",
        "clv_segment_by: 'region; drop table x' is no name of a column in lower case",
        "raw_data: the empty text is no text",
        "session_gap_minutes: '30 or 1=1' is not a whole number from 1 to 1440",
    ):
        assert message in said
    assert "Traceback" not in said
    assert "one ...." not in said  # nothing was built


def test_no_text_setting_is_put_between_quotes_of_sql() -> None:
    """Macro text_literal writes it, whatever quotes it brings."""
    bare = re.compile(r"""'\s*\{\{-?\s*var\([^)]*\)\s*-?\}\}|(date|zone|currency)\s*'" ~ var\(""")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("models", "macros", "tests/invariants", "tests/generic")
        for path in sorted((ROOT / folder).rglob("*.sql"))
        for line in Path(path).read_text("utf-8").splitlines()
        if bare.search(line)
    ]
    assert found == []
