"""Writes macros/cleaning/dialling_plans.sql from the metadata of the library `phonenumbers`.

    python -m scripts.dialling_plans

The library is a requirement of development only: a build reads the committed file. Run this after
a newer version was pinned; tests/python/test_dialling_plans.py fails while the two differ.
"""

from __future__ import annotations

import re
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneMetadata

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "macros" / "cleaning" / "dialling_plans.sql"

HEADER = """{#-
  The numbering plans of all countries, as the library phonenumbers has them. Written by
  scripts/dialling_plans.py, not by hand; the test of that script keeps file and library equal.

  A line: country, calling code, trunk prefix, longest national number, prefix of calls abroad,
  any national number, mobile numbers, fixed lines. `-` stands for nothing; the last four are
  regular expressions of digits that RE2 and Java share.
-#}
"""

LINES_MACRO = """{%- macro dialling_plan_lines() -%}
{%- set lines -%}
LINES
{%- endset -%}
{{- return(lines) -}}
{%- endmacro -%}

"""


def portable(pattern: str | None) -> str:
    """A pattern of the library without backslashes and blanks; `-` if there is none."""
    text = re.sub(r"\s+", "", pattern or "").replace("\\d", "[0-9]")
    # inside a class the digits stand without brackets of their own
    text = re.sub(r"\[([^\[\]]*)\[0-9\]([^\[\]]*)\]", r"[\g<1>0-9\2]", text)
    if "\\" in text or "NA" in text:
        raise ValueError(f"a pattern that is not understood: {pattern}")
    return text or "-"


def plan_line(region: str) -> str:
    """The line of one country."""
    plan = PhoneMetadata.metadata_for_region(region)
    patterns = [
        portable(part.national_number_pattern if part else None)
        for part in (plan.general_desc, plan.mobile, plan.fixed_line)
    ]
    longest = max(plan.general_desc.possible_length)
    # with groups it is about carriers and area codes, which are not read
    trunk = plan.national_prefix_for_parsing or "("
    trunk = plan.national_prefix if re.search(r"\((?!\?:)", trunk) else portable(trunk)
    fields = [region, plan.country_code, trunk or "-", longest]
    return " ".join(map(str, [*fields, portable(plan.international_prefix), *patterns]))


def render() -> str:
    """The text of the file."""
    lines = "\n".join(plan_line(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    return HEADER + LINES_MACRO.replace("LINES", lines, 1)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(phonenumbers.SUPPORTED_REGIONS)} countries")
