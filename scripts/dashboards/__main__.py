"""`make dashboards`: writes the pages as files that open by a double click.

    python -m scripts.dashboards [--folder target/dashboards] [--database warehouse/customer360.duckdb] [--person customer_id]

Reads the schema `marts` of a warehouse or of a published copy, read-only. Exit code 2: no such database
or no such person; 1: the marts are not from one build, or a page's declaration is wrong.
"""

from __future__ import annotations

import argparse
import html
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import vl_convert

from scripts import environment_errors
from scripts.dashboards import generate
from scripts.warehouse import ROOT, build_state, path_of_warehouse, warning_of

TEMPLATE = generate.FOLDER / "assets" / "page.html"
ASSETS = ("app.js", "app.css")


def written(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def file_of(page: str) -> str:
    """The file of a page; the first opens the folder."""
    return "index.html" if page == "overview" else f"{page}.html"


def write(folder: Path, connection: duckdb.DuckDBPyConnection, person: str | None) -> list[Path]:
    """Write all pages, and the person's where one is chosen; returns the files."""
    state = build_state(connection)
    reader = generate.Pages(connection, person)
    declared = [page for page in generate.pages() if person or page["id"] != "person"]
    made = [reader.page(page) for page in declared]
    # a copy that holds nothing of a page has no such page
    built = [page for page in made if page["id"] == "overview" or any(block["chart"] != "missing" for block in page["blocks"])]
    as_of = str(state.get("as_of") or "")
    common = {
        "asOf": as_of, "texts": generate.load("texts.yml"),
        "pages": [{"file": file_of(page["id"]), "title": page["title"], "id": page["id"]} for page in built],
    }  # fmt: skip
    offered = generate.choices(built, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.html"):
        old.unlink()
    for name in ASSETS:
        shutil.copyfile(generate.FOLDER / "assets" / name, folder / name)
    (folder / "vega.js").write_text(vl_convert.javascript_bundle(), encoding="utf-8")
    template = TEMPLATE.read_text(encoding="utf-8")
    files = []
    for page in built:
        follows = {name for block in page["blocks"] for name in (*block.get("data", {}), *dimensions(block))}
        used = {**reader.words_of(page["blocks"]), **{w: reader.words[w] for v in offered.values() for w in v if w in reader.words}}
        filters = {name: values for name, values in offered.items() if name in follows} if page["id"] != "person" else {}
        payload = {**common, "page": page, "words": used, "filters": filters}
        text = template.replace("{{title}}", html.escape(page["title"]["en"])).replace("{{payload}}", written(payload))
        files.append(folder / file_of(page["id"]))
        files[-1].write_text(text, encoding="utf-8")
    return files


def dimensions(block: dict[str, Any]) -> list[str]:
    """The filters that a block follows by a row's dimension."""
    column = block.get("data", {}).get("dimension", [])
    return column["words"] if isinstance(column, dict) else [value for value in column if value]


def main(arguments: list[str]) -> int:
    """Read, write, and name the file to open."""
    parser = argparse.ArgumentParser(prog="python -m scripts.dashboards", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "target" / "dashboards")
    parser.add_argument("--database", type=Path, default=path_of_warehouse())
    parser.add_argument("--person", default=None, help="a customer_id: adds this person's page")
    asked = parser.parse_args(arguments)
    if not asked.database.exists():
        print(f"{asked.database}: no warehouse here yet; run `make build` first", file=sys.stderr)
        return 2
    try:
        with duckdb.connect(str(asked.database), read_only=True) as connection:
            warning = warning_of(build_state(connection))
            if warning:
                print(f"{asked.database}: {warning} No page was written.", file=sys.stderr)
                return 1
            if asked.person and not known(connection, asked.person):
                print(f"{asked.database}: no customer in marts.customers has the id '{asked.person}'", file=sys.stderr)
                return 2
            files = write(asked.folder, connection, asked.person)
    except duckdb.Error as error:
        path = str(asked.database)
        print(environment_errors.explain(str(error), path) or f"{path}: {environment_errors.first_line(error)}", file=sys.stderr)
        return 2
    except generate.Declaration as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(files)} pages, to open by a double click: {(files[-1] if asked.person else files[0]).resolve()}")
    return 0


def known(connection: duckdb.DuckDBPyConnection, person: str) -> bool:
    """Is there such a customer?"""
    try:
        return bool(connection.execute("select 1 from marts.customers where customer_id = ?", [person]).fetchall())
    except duckdb.CatalogException:  # a copy without people
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
