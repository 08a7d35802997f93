"""Hand the next actions over to the tools that send: one file per action and channel, and who is held out.

    python -m scripts.export_actions [FOLDER] [--wait-days 7] [--dry-run]

Reads marts.customer_next_actions of a complete build and writes, below FOLDER (default exports/actions):

    <as_of>-<build>/<action>__<channel>.csv   people to contact (assigned_group treated)
    <as_of>-<build>/holdout.csv               people who are left alone on purpose: never send, only log
    <as_of>-<build>/manifest.json             build, counts, checksums, who was left out and why
    handed_over.csv                           everybody who was ever handed over, so that nobody is twice
    handed_over_builds.txt                    builds that are in that list, also where nobody of them is left in it

People are named by source_system and account_id; there are no names or addresses in the files. What was done
comes back as raw table action_log, with the action_log_id, selection_probability and holdout_share of the file.

A build is handed over once: a second run changes nothing. Whoever was handed over and whose log is not back yet is
left out for --wait-days, and gaps and caps of the action count what was handed over beside what was logged. A folder
appears whole or not at all; if a run dies between folder and list, the next one completes the list first.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import hashlib
import io
import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from scripts import environment_errors
from scripts.warehouse import ROOT, build_state, path_of_warehouse

FORMAT = 1
MANIFEST = "manifest.json"
LEDGER = "handed_over.csv"
ENTERED = "handed_over_builds.txt"
HOLDOUT = "holdout.csv"
COLUMNS = [
    "action_log_id", "action", "source_system", "account_id", "channel", "offer", "offered_item", "assigned_group",
    "selection_probability", "holdout_share", "cost", "as_of",
]  # fmt: skip
LEDGER_COLUMNS = ["action_log_id", "action", "source_system", "account_id", "assigned_group", "as_of", "build_id"]

# consent and existence are asked again here, whatever the mart says
CHOSEN = """
-- the newest account of those that hold what the channel needs; where none does, the newest of all
with carried as (
    select distinct account_key, identifier_type
    from intermediate.int_identity_mentions
    where blocked_reason is null
),

fitting_account as (
    select accounts.customer_id, limits.channel, accounts.source_system, accounts.account_id
    from marts.customer_accounts as accounts
    cross join reference.action_channel_limits as limits
    left join carried on accounts.account_key = carried.account_key and limits.identifier_type = carried.identifier_type
    where accounts.account_kind = 'account' and accounts.account_id is not null
    qualify row_number() over (
        partition by accounts.customer_id, limits.channel
        order by carried.account_key is null, accounts.first_seen_at desc nulls last, accounts.account_key
    ) = 1
)
select
    chosen.customer_id, chosen.action, chosen.channel, chosen.offer, chosen.offered_item, chosen.is_holdout,
    chosen.selection_probability, chosen.holdout_share, chosen.cost, chosen.as_of,
    accounts.source_system, accounts.account_id,
    coalesce(
        customers.has_analytics_consent and customers.has_marketing_consent
        and (catalogue.required_consent != 'personalisation' or customers.has_personalisation_consent),
        false
    ) as may_contact
from marts.customer_next_actions as chosen
left join reference.actions as catalogue on chosen.action = catalogue.action
left join marts.customers as customers using (customer_id)
left join fitting_account as accounts on chosen.customer_id = accounts.customer_id and chosen.channel = accounts.channel
where chosen.action != 'do_nothing'
order by chosen.priority
"""
# whose an account is by any name that systems of one id space give it
OWNERS = "select source_system, account_id, customer_id from intermediate.int_account_names where customer_id is not null"
# by the local day, as gaps and caps of the models count
LOGGED = "select action_log_id, action, customer_id, acted_on from intermediate.int_effect_assignments where action != '(all actions)'"
RULES = "select action, coalesce(min_gap_days, 0), max_per_person, cap_window_days from reference.actions"


class Refused(Exception):
    """What cannot be done, and how to mend it, in one line."""


@dataclass(frozen=True)
class Touch:
    """Somebody was handed over or logged for an action on a day."""

    action_log_id: str
    action: str
    day: date
    is_logged: bool


@dataclass(frozen=True)
class Export:
    """What a run did."""

    folder: Path
    files: list[dict[str, Any]]
    left_out: dict[str, int]
    is_new: bool


def sha256(content: bytes) -> str:
    """The checksum of a text."""
    return hashlib.sha256(content).hexdigest()


def as_csv(columns: list[str], rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows as a CSV file, nothing for null."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def log_id(customer_id: str, action: str, day: date) -> str:
    """The id of a contact: the same whenever it is exported, so that a log that comes twice counts once."""
    return "na_" + sha256(f"{customer_id}|{action}|{day}".encode())[:24]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One export at a time; a run that dies leaves no lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another export is running into {folder}; wait for it") from None
        yield


def read_ledger(folder: Path, owners: set[tuple[str, str]]) -> list[dict[str, str]]:
    """Everybody who was handed over, with the exports that a dying run did not enter; who is gone (erased) is left out."""
    file = folder / LEDGER
    rows: list[dict[str, str]] = []
    if file.exists():
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
        if reader.fieldnames != LEDGER_COLUMNS or any(None in row.values() or None in row for row in rows):
            raise Refused(f"{file} is damaged: without it people could be contacted twice; restore it from a backup")
    # of a list that is lost everything is read anew
    entered = (entered_builds(folder) if file.exists() else set()) | {row["build_id"] for row in rows}
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        content = read_manifest(manifest)
        build_id = content["build"]["build_id"]
        # files of exports that are entered are the user's to delete
        if build_id in entered:
            continue
        check_files(manifest, content)
        for entry in content["files"]:
            with (manifest.parent / entry["file"]).open(encoding="utf-8", newline="") as stream:
                rows += [{**row, "build_id": build_id} for row in csv.DictReader(stream)]
    return [row for row in rows if (row["source_system"], row["account_id"]) in owners]


def entered_builds(folder: Path) -> set[str]:
    """Builds whose exports are in the list, also where nobody of them is left in it."""
    file = folder / ENTERED
    return set(file.read_text(encoding="utf-8").split()) if file.exists() else set()


def write_ledger(folder: Path, rows: list[dict[str, str]]) -> None:
    """The list anew, whole or not at all; then which builds are in it."""
    builds = entered_builds(folder) | {row["build_id"] for row in rows}
    for name, content in ((LEDGER, as_csv(LEDGER_COLUMNS, rows)), (ENTERED, "".join(f"{build}\n" for build in sorted(builds)).encode())):
        partial = folder / (name + ".partial")
        partial.write_bytes(content)
        partial.replace(folder / name)


def read_manifest(file: Path) -> dict[str, Any]:
    """A manifest: build, files and who was left out."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if all(content["build"]["build_id"] and [entry["file"], entry["sha256"]] for entry in content["files"]):
            return {**content, "left_out": dict(content["left_out"])}
        raise ValueError("it names no build")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{file} is damaged; restore it, or remove its folder ({environment_errors.first_line(error)})") from None


def check_files(manifest: Path, content: dict[str, Any]) -> None:
    """Whether the files of an export are what was written."""
    for entry in content["files"]:
        file = manifest.parent / entry["file"]
        if not file.exists():
            raise Refused(f"{file} is missing and its people are not in {LEDGER} yet; restore it")
        if sha256(file.read_bytes()) != entry["sha256"]:
            raise Refused(f"{file} is not what was exported (its checksum differs); restore it, or remove the folder")


def query(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Rows of a query by column."""
    found = warehouse.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def touches_by_person(warehouse: duckdb.DuckDBPyConnection, ledger: list[dict[str, str]]) -> dict[str, list[Touch]]:
    """What each customer of today was handed over or logged for; a contact in both counts once."""
    owners = {(row["source_system"], row["account_id"]): row["customer_id"] for row in query(warehouse, OWNERS)}
    touches: dict[str, dict[str, Touch]] = defaultdict(dict)
    for row in ledger:
        person = owners.get((row["source_system"], row["account_id"]))
        if person:
            touches[person][row["action_log_id"]] = Touch(row["action_log_id"], row["action"], date.fromisoformat(row["as_of"]), False)
    for row in query(warehouse, LOGGED):
        touches[row["customer_id"]][row["action_log_id"]] = Touch(row["action_log_id"], row["action"], row["acted_on"], True)
    return {person: list(of_person.values()) for person, of_person in touches.items()}


def reason_against(row: dict[str, Any], touches: list[Touch], rule: tuple[int, int | None, int | None], wait_days: int) -> str | None:
    """Why somebody who was chosen is not handed over; None where nothing speaks against it."""
    if not row["may_contact"]:
        return "no consent"
    if row["account_id"] is None:
        return "no account"
    day: date = row["as_of"]
    if any(touch.action_log_id == row["action_log_id"] or not touch.is_logged and touch.day == day for touch in touches):
        return "already handed over"
    if any(not touch.is_logged and abs((day - touch.day).days) < wait_days for touch in touches):
        return "waits for the log"
    gap, most, window = rule
    same = [touch for touch in touches if touch.action == row["action"]]
    if any(abs((day - touch.day).days) < gap for touch in same):
        return "gap of the action"
    if most is not None and window is not None:
        if sum(day - timedelta(days=window) <= touch.day for touch in same) >= most:
            return "cap of the action"
    return None


def export_actions(folder: Path, path: Path, wait_days: int = 7, dry_run: bool = False) -> Export:
    """Hand the actions of the newest build over: whole, once, to nobody twice."""
    if not path.exists():
        raise Refused(f"{path}: there is no warehouse to export from; CUSTOMER360_WAREHOUSE names another one")
    with locked(folder), duckdb.connect(str(path), read_only=True) as warehouse:
        state = build_state(warehouse)
        if state["status"] != "complete":
            raise Refused(f"the marts are not from one build ({state['status']}: {state['reason']}); build everything first: make build")
        owners = {(row["source_system"], row["account_id"]) for row in query(warehouse, OWNERS)}
        target = folder / f"{state['as_of']}-{state['build_id'][:8]}"
        if target.exists():
            content = read_manifest(target / MANIFEST)
            if not dry_run:
                write_ledger(folder, read_ledger(folder, owners))
            return Export(target, content["files"], content["left_out"], is_new=False)
        ledger = read_ledger(folder, owners)
        touches = touches_by_person(warehouse, ledger)
        rules = {row[0]: row[1:] for row in warehouse.execute(RULES).fetchall()}
        files: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        left_out: Counter[str] = Counter()
        for row in query(warehouse, CHOSEN):
            row["action_log_id"] = log_id(row["customer_id"], row["action"], row["as_of"])
            row["assigned_group"] = "holdout" if row["is_holdout"] else "treated"
            row["cost"] = 0 if row["is_holdout"] else row["cost"]
            reason = reason_against(row, touches.get(row["customer_id"], []), rules[row["action"]], wait_days)
            if reason:
                left_out[reason] += 1
                continue
            name = HOLDOUT if row["is_holdout"] else f"{row['action']}__{row['channel']}.csv"
            group = ("", "") if row["is_holdout"] else (row["action"], row["channel"])
            files[(name, *group)].append(row)

    contents = {name: as_csv(COLUMNS, rows) for (name, _, _), rows in sorted(files.items())}
    entries = [
        {
            "file": name, "action": action or None, "channel": channel or None,
            "assigned_group": "treated" if action else "holdout", "rows": len(rows), "sha256": sha256(contents[name]),
        }
        for (name, action, channel), rows in sorted(files.items())
    ]  # fmt: skip
    export = Export(target, entries, dict(sorted(left_out.items())), is_new=True)
    if dry_run:
        return export
    write_export(export, state, contents)
    added = [{**row, "build_id": state["build_id"]} for rows in files.values() for row in rows]
    write_ledger(folder, ledger + sorted(added, key=lambda row: str(row["action_log_id"])))
    return export


def write_export(export: Export, state: dict[str, Any], contents: dict[str, bytes]) -> None:
    """The folder of an export: it appears when it is whole."""
    partial = export.folder.with_name("." + export.folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        for name, content in contents.items():
            (partial / name).write_bytes(content)
        manifest = {
            "format": FORMAT,
            "build": {name: None if state.get(name) is None else str(state[name]) for name in ("build_id", "as_of", "raw_fingerprint")},
            "contacts": sum(entry["rows"] for entry in export.files if entry["assigned_group"] == "treated"),
            "holdout": sum(entry["rows"] for entry in export.files if entry["assigned_group"] == "holdout"),
            "left_out": export.left_out,
            "files": export.files,
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        partial.rename(export.folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 done, 2 refused."""
    parser = argparse.ArgumentParser(prog="export_actions", description="Hand the next actions over to the tools that send.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "exports" / "actions", help="where exports are kept (default: exports/actions)")
    parser.add_argument("--wait-days", type=int, default=7, metavar="DAYS", help="how long whoever was handed over waits for the log (default: 7)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be handed over")
    chosen = parser.parse_args(arguments)
    path = path_of_warehouse()
    try:
        export = export_actions(chosen.folder, path, chosen.wait_days, chosen.dry_run)
    except Refused as refusal:
        print(f"export_actions: {refusal}", file=sys.stderr)
        return 2
    except (duckdb.Error, OSError) as error:
        known = environment_errors.explain(str(error), str(path))
        print(f"export_actions: {known or environment_errors.first_line(error)}", file=sys.stderr)
        return 2
    if not export.is_new:
        print(f"this build was handed over before: {export.folder} stands as it is")
    else:
        print(f"{'would be handed over' if chosen.dry_run else 'handed over'}: {export.folder}")
    for entry in export.files:
        print(f"  {entry['file']:<48} {entry['rows']:>10,} {'people, not to be contacted' if entry['assigned_group'] == 'holdout' else 'people'}")
    if not export.files:
        print("  nobody")
    for reason, count in export.left_out.items():
        print(f"  left out, {reason:<37} {count:>10,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
