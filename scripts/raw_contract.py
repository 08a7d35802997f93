"""The raw contract for Python: the same text that the SQL macros read.

`load()` returns {table: {"group", "key", "columns": {name: "type [required] [rule]"}, ...}}.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "macros" / "input" / "contract"
GROUPS = ("commerce", "members", "behaviour", "marketing", "feedback", "external")


def load() -> dict[str, dict[str, Any]]:
    """Read the YAML text that stands inside the Jinja macros `raw_contract_<group>`, group after group."""
    contract: dict[str, dict[str, Any]] = {}
    for group in GROUPS:
        path = CONTRACT / f"{group}.sql"
        block = re.search(r"macro raw_contract_\w+\(\) -%\}(.*?)\{%- endmacro", path.read_text(encoding="utf-8"), re.S)
        if block is None:
            raise ValueError(f"{path}: the macro 'raw_contract_{group}' was not found")
        contract |= yaml.safe_load(block.group(1))
    return contract
