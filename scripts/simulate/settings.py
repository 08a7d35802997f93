"""What a run is asked to make: the command's arguments and the committed rates."""

from __future__ import annotations

import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from scripts import raw_contract

RATES = Path(__file__).with_name("rates.toml")
BLOCK_CUSTOMERS = 5_000  # people are drawn in blocks of this size, each with its own generator
LAST_DAY = np.datetime64("2025-06-30", "D")
DAY = 86_400
WEEK = 7 * DAY


@cache
def contract() -> dict[str, dict[str, Any]]:
    """The raw contract, read once."""
    return raw_contract.load()


def load_rates(preset: str) -> dict[str, Any]:
    """The rates of a preset: `default`, overlaid with what the preset names, `a+b` with both in turn."""
    presets = tomllib.loads(RATES.read_text(encoding="utf-8"))
    rates = {section: dict(values) for section, values in presets["default"].items()}
    for name in preset.split("+"):
        for section, values in presets[name].items():
            rates[section].update(values)
    return rates


def presets() -> list[str]:
    """Names of the presets in rates.toml, and the pairs that are of use."""
    return [*tomllib.loads(RATES.read_text(encoding="utf-8")), "hard+shock", "hard+effects"]


@dataclass(frozen=True)
class Settings:
    """One run. Equal settings give equal bytes."""

    customers: int
    seed: int
    months: int
    rates: dict[str, Any]
    is_clean: bool
    is_typed: bool

    @property
    def first_day(self) -> np.datetime64:
        """First day of the first month simulated."""
        month = LAST_DAY.astype("datetime64[M]") - (self.months - 1)
        return month.astype("datetime64[D]")

    @property
    def start(self) -> int:
        """Epoch second at which the simulated history begins."""
        return int(self.first_day.astype("datetime64[s]").astype(np.int64))

    @property
    def end(self) -> int:
        """Epoch second after the last simulated day."""
        return int((LAST_DAY + 1).astype("datetime64[s]").astype(np.int64))

    @property
    def weeks(self) -> int:
        """Weeks of history, the last one perhaps cut off by `end`."""
        return -(-(self.end - self.start) // WEEK)

    @property
    def blocks(self) -> int:
        """Number of blocks of people."""
        return -(-self.customers // BLOCK_CUSTOMERS)

    def people_in(self, block: int) -> int:
        """People in one block: all but the last are full."""
        return min(BLOCK_CUSTOMERS, self.customers - block * BLOCK_CUSTOMERS)

    def stream(self, block: int, purpose: str) -> np.random.Generator:
        """A generator of its own for a block and a purpose: a change in one part moves no other."""
        entropy = [self.seed, block + 1, zlib.crc32(purpose.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
