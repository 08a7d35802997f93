"""The catalogue of actions: the shipped one is sound, and a slip in it is named before anything is chosen by it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.python.behaviour_project import MACROS, BehaviourProject
from tests.python.engines import ROOT

SEEDS = ["actions", "action_conditions", "action_channels", "action_channel_limits", "action_stops"]
MODELS = ["int_action_predicate_issues", "int_action_catalogue_issues", "int_action_catalogue", "int_action_predicates"]


@pytest.fixture(name="catalogue")
def shipped_catalogue(tmp_path: Path) -> BehaviourProject:
    """The seeds as they are shipped, with the models that judge them."""
    project = BehaviourProject(tmp_path, MODELS, "catalogue_test", [*MACROS, "actions"])
    for name in SEEDS:
        project.copy_seed(name)
    text = (ROOT / "seeds/reference/_actions__seeds.yml").read_text(encoding="utf-8")
    shared, *others = text.split("  - name: action_effect_rules")
    project.write("seeds/seeds.yml", shared)
    return project


def change(project: BehaviourProject, seed: str, where: dict[str, str], **columns: str) -> None:
    """Change the first row of a seed that has these values."""
    path = project.folder / "seeds" / f"{seed}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if where.items() <= row.items())
    row.update(columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_shipped_catalogue_is_sound_and_every_slip_is_named(catalogue: BehaviourProject) -> None:
    """Guards the marketer: all slips at once, each with its row, what is wrong and the nearest right name."""
    catalogue.build("--exclude-resource-type", "test")
    active = catalogue.fetch(f"select action from {catalogue.schema}.int_action_catalogue order by action")
    assert len(active) >= 10 and ("do_nothing",) in active
    # a stop for all stands at each action but its exceptions
    stops = {action for (action,) in catalogue.fetch(
        f"select action from {catalogue.schema}.int_action_predicates where rule_name = 'open_complaint'"
    )}  # fmt: skip
    assert stops == {action for (action,) in active} - {"service_call", "reduce_contact", "do_nothing"}

    change(catalogue, "actions", {"action": "welcome"}, cost="-1")
    change(catalogue, "actions", {"action": "upgrade_offer"}, required_consent="marketting")
    change(catalogue, "actions", {"action": "review_request"}, cap_window_days="")
    change(catalogue, "action_conditions", {"action": "win_back_offer", "metric": "lifecycle_stage"}, operator=">=")
    change(catalogue, "action_conditions", {"action": "replenishment_reminder", "metric": "order_count"}, metric="oder_count")
    change(catalogue, "action_conditions", {"action": "review_request"}, value="30..7")
    change(catalogue, "action_conditions", {"action": "referral_request"}, action="referal_request")
    change(catalogue, "action_channels", {"action": "service_call"}, channel="telephone")
    change(catalogue, "action_channel_limits", {"channel": "sms"}, max_per_day="-5")
    change(catalogue, "action_stops", {"stop": "recent_return"}, except_actions="service_call|reduce_contacts")
    change(catalogue, "action_stops", {"stop": "detractor"}, value="six")
    result = catalogue.dbt("build", "--exclude-resource-type", "test")
    assert result.returncode == 1
    words = " ".join(result.stdout.split())
    for message in (
        "The catalogue of actions (seeds/reference/action*.csv) has 11 problem(s)",
        "action welcome: cost is a number from 0",
        'action upgrade_offer: required_consent is marketing, personalisation or none, not "marketting"',
        "action review_request: max_per_person and cap_window_days stand together",
        'condition 1: unknown metric "oder_count"; the nearest known one is "order_count"',
        'action win_back_offer, condition 1: metric lifecycle_stage (text), operator ">="',
        'action review_request, condition 1: metric days_since_last_order (number), operator "between", value "30..7"',
        "action referal_request: has conditions but no row in actions",
        "action service_call, channel telephone: action_channel_limits has no such channel",
        "channel sms: labels are needed, max_per_day is 0 or more",
        "stop recent_return: names an action that actions does not have",
        'stop detractor: metric last_nps_score (number), operator "<=", value "six"',
    ):
        assert message in words, message
