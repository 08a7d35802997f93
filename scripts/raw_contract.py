"""The raw contract for Python: the same text that the SQL macros read.

`load()` returns {table: {"group", "key", "columns": {name: "type [required] [rule]"}, ...}}.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "macros" / "input" / "raw_contract.sql"


def load() -> dict[str, dict[str, Any]]:
    """Read the YAML text that stands inside the Jinja macro `raw_contract`."""
    text = CONTRACT.read_text(encoding="utf-8")
    block = re.search(r"set contract -%\}(.*?)\{%- endset", text, re.S)
    if block is None:
        raise ValueError(f"{CONTRACT}: the block 'set contract' was not found")
    return yaml.safe_load(block.group(1))
