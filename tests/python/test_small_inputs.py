"""The whole project on very little: three orders and nothing else, no feedback at all, five answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import bad_input as bad

SAMPLE = bad.ROOT / "seeds" / "sample"


def build_all(folder: Path) -> None:
    """Every model and data test, warnings as errors, on the files in folder/raw."""
    pattern = str(folder / "raw" / "{table}.csv")
    result = bad.dbt(
        folder, pattern, "--warn-error", "build", "--exclude-resource-type", "unit_test"
    )
    assert result.returncode == 0, result.stdout[-4000:]


def sample(folder: Path) -> Path:
    """The sample as raw files; returns their folder."""
    raw = folder / "raw"
    raw.mkdir()
    for path in SAMPLE.glob("sample_*.csv"):
        shutil.copy(path, raw / path.name.removeprefix("sample_"))
    return raw


def test_three_orders_are_enough(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "orders.csv").write_text(
        "order_id,source_system,ordered_at,channel,status,net_amount,guest_email\n"
        "o1,web,2024-01-01,web,paid,10,a@example.com\n"
        "o2,web,2024-02-01,web,paid,20,a@example.com\n"
        "o3,web,2024-03-01,web,paid,5,b@example.com\n"
    )
    build_all(tmp_path)
    scored = bad.fetch(
        tmp_path, "select frequency, cast(monetary as int) from marts.customer_rfm order by 1"
    )
    assert scored == [(1, 5), (2, 30)]


def test_without_feedback_there_are_no_scores(tmp_path: Path) -> None:
    raw = sample(tmp_path)
    for table in ("survey_responses", "reviews", "service_tickets"):
        (raw / f"{table}.csv").unlink()
    build_all(tmp_path)
    for mart in ("satisfaction_scores", "satisfaction_drivers", "service_performance"):
        assert bad.fetch(tmp_path, f"select count(*) from marts.{mart}") == [(0,)]
    # who said nothing has no index, and is a customer all the same
    people, indices = bad.fetch(
        tmp_path, "select count(*), count(satisfaction_index) from marts.customer_satisfaction"
    )[0]
    assert people > 500
    assert indices == 0


def test_five_answers_are_a_small_sample(tmp_path: Path) -> None:
    raw = sample(tmp_path)
    surveys = raw / "survey_responses.csv"
    lines = surveys.read_text(encoding="utf-8").splitlines(keepends=True)
    surveys.write_text("".join(lines[:6]), encoding="utf-8")
    build_all(tmp_path)
    most, small, changed = bad.fetch(
        tmp_path,
        "select max(responses), bool_and(is_small_sample), bool_or(is_significant)"
        " from marts.satisfaction_scores where metric != 'review'",
    )[0]
    assert 1 <= most <= 5
    assert small
    assert not changed
