"""How long the models of one domain take on a warehouse that `scripts.bench.foundation` left, and how they grow.

    python -m scripts.bench.foundation --customers 100000 1000000
    python -m scripts.bench.domain satisfaction --customers 100000 1000000

Everything that the domain's marts need beyond the foundation is built, without tests, other domains
included where they are read; the models of the domain itself are listed with their seconds and rows.
"""

from __future__ import annotations

import argparse
import json
import sys

import duckdb

from scripts.bench.foundation import FOUNDATION, ROOT, WORK, build, simulate

DOMAINS = sorted(path.name for path in (ROOT / "models/intermediate").iterdir() if path.name != "core")


def measure(domain: str, customers: int) -> dict[str, tuple[float, int]]:
    """Build the domain; seconds and rows of each of its models. Prints clock, processor and memory."""
    name = f"customers-{customers}"
    label = f"{name}-{domain}"
    if not (WORK / f"{name}.duckdb").exists():
        raise SystemExit(f"build it first: python -m scripts.bench.foundation --customers {customers}")
    cost, warehouse = build(
        simulate(customers), name, [f"+path:models/marts/{domain}"], exclusion=FOUNDATION, onto_old=True, label=label
    )
    nodes = json.loads((WORK / label / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    results = json.loads((WORK / label / "run_results.json").read_text(encoding="utf-8"))["results"]
    measured = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for result in results:
            node = nodes.get(result["unique_id"], {})
            if node.get("resource_type") == "model" and f"/{domain}/" in node["original_file_path"]:
                rows = connection.execute(
                    f"select count(*) from \"{node['schema']}\".\"{node['alias']}\""
                ).fetchall()[0][0]
                measured[node["name"]] = result["execution_time"], rows
    print(f"{customers:,} customers: {len(results)} nodes in {cost.seconds:.0f} s", end="")
    print(f" ({cost.processor_seconds:.0f} s of processors), peak memory {cost.memory:.1f} GiB", flush=True)
    return measured


def main(arguments: list[str]) -> int:
    """Measure one domain at every size; returns the exit code."""
    parser = argparse.ArgumentParser(description="Time and memory of one domain's models.")
    parser.add_argument("domain", choices=DOMAINS)
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000])
    options = parser.parse_args(arguments)
    sizes = {customers: measure(options.domain, customers) for customers in options.customers}
    print(f"  {'model':32}" + "".join(f" {customers:>10,} rows   seconds" for customers in sizes))
    last = sizes[options.customers[-1]]
    for model in sorted(last, key=lambda model: -last[model][0]):
        cells = (sizes[customers].get(model, (0.0, 0)) for customers in sizes)
        print(f"  {model:32}" + "".join(f" {rows:>15,} {seconds:>9.1f}" for seconds, rows in cells))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
