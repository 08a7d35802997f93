"""Damaged files, made by hypothesis: each is read whole and reconciles, or is refused in one line.

The raw rows are counted, and their fields compared, by a reader of its own (csv_oracle.py). Most
examples go through the compiled SQL of the base layer on a connection of the test; some go through
dbt itself, so that both are known to say the same.
"""

from __future__ import annotations

import faulthandler
import gzip
import os
import random
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bad_input as bad
import csv_oracle
import duckdb
import pytest
from engines import DUCKDB_SETTINGS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scripts import raw_contract, raw_files
from scripts.connection import give_salt

pytestmark = pytest.mark.faults
IS_FULL = os.environ.get("CUSTOMER360_FAULTS") == "full"
SECRET = "Qzxv"  # stands in every text of a person: no message may show it
SECONDS = 60  # a file that takes longer hangs
COLUMNS = raw_contract.load()["orders"]["columns"]
REQUIRED = {name for name, words in COLUMNS.items() if "required" in words.split(" ")}
HEADER = "order_id,source_system,ordered_at,channel,status,net_amount,guest_email,coupon_code,_loaded_at"
FATES = {"accepted", "duplicate", "quarantined", "after_as_of", "erased"}
PIECES = [
    b'"', b'""', b',"', b'",', b",", b";", b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b"\xff", b"\xe9",
    b"\xef\xbb\xbf", "王".encode("gbk"), "王".encode(), b" ", b'" ', b' "', b"\t", b"\x1a", b"'", b"\\", b"",
]  # fmt: skip


# --- damage -----------------------------------------------------------------------------------------


def order_lines(rng: random.Random) -> list[bytes]:
    """A header and some orders, as a shop exports them."""
    lines = [HEADER]
    for number in range(rng.choice([0, 1, 3, 40, 40, 40])):
        day = f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} 10:{rng.randint(10, 59)}:00"
        mail = rng.choice(["", f"{SECRET}{number}@example.org", f'"{SECRET} ""A"", B"'])
        coupon = rng.choice(["", "WELCOME", '"two\nlines, yes"', "Größe", f"{SECRET} 5\""])
        amount = rng.choice(["10.5", "0", "-1", "1e3", "7,50", "", "99999999999", "nan"])
        if amount == "7,50":
            amount = '"7,50"'
        lines.append(f"o{rng.randint(1, 30)},web,{day},web,paid,{amount},{mail},{coupon},{rng.choice(['', day])}")
    return [line.encode() for line in lines]


def splice(data: bytes, rng: random.Random) -> bytes:
    """Some bytes become others."""
    for _ in range(rng.randint(1, 6)):
        place = rng.randint(0, len(data))
        data = data[:place] + rng.choice(PIECES) + data[place + rng.choice([0, 0, 1, 3]) :]
    return data


def stray_quotes(data: bytes, rng: random.Random) -> bytes:
    """Two quotes in one column, some lines apart."""
    lines = data.split(b"\n")
    column = rng.randint(0, HEADER.count(","))
    for place in rng.sample(range(len(lines)), min(2, len(lines))):
        fields = lines[place].split(b",")
        if column < len(fields):
            fields[column] = rng.choice([b'"' + fields[column], fields[column] + b'"'])
            lines[place] = b",".join(fields)
    return b"\n".join(lines)


def truncated(data: bytes, rng: random.Random) -> bytes:
    """The end is missing."""
    return data[: rng.randint(0, len(data))]


def other_ends(data: bytes, rng: random.Random) -> bytes:
    """Line ends of another kind, in the whole file or here and there."""
    share = rng.choice([1, 0.3])
    return b"".join(
        part if part != b"\n" or rng.random() > share else rng.choice([b"\r", b"\r\n", b"\n\r", b"\n\n"])
        for part in (data[place : place + 1] for place in range(len(data)))
    )


def other_encoding(data: bytes, rng: random.Random) -> bytes:
    """Some lines, or all, in another encoding."""
    if rng.random() < 0.3:
        return data.decode("utf-8", "replace").encode("utf-16")
    lines = data.split(b"\n")
    for place, line in enumerate(lines):
        if rng.random() < 0.4:
            text = line.decode("utf-8", "replace") + rng.choice(["é", "", "ß"])
            lines[place] = text.encode(rng.choice(["latin-1", "gbk", "utf-8"]), "replace")
    return b"\n".join(lines)


def other_header(data: bytes, rng: random.Random) -> bytes:
    """A header that is doubled, missing, renamed, quoted or follows something."""
    first, _, rest = data.partition(b"\n")
    first = rng.choice([
        first + b"," + first, b"\n\n" + first, b"sep=,\n" + first, first.upper(), b"\xef\xbb\xbf" + first,
        first.replace(b"net_amount", b"amount"), first.replace(b",", b'","'), first + b",,", first.replace(b",", b", "), b"",
    ])  # fmt: skip
    return first + b"\n" * bool(first) + rest


def other_widths(data: bytes, rng: random.Random) -> bytes:
    """Rows with fields too many or too few."""
    lines = data.split(b"\n")
    for place in range(1, len(lines)):
        if rng.random() < 0.3:
            fields = lines[place].split(b",")
            cut = rng.randint(0, len(fields))
            lines[place] = b",".join(fields[:cut] + [b"x"] * rng.randint(0, 12))
    return b"\n".join(lines)


def huge_field(data: bytes, rng: random.Random) -> bytes:
    """One field of up to two million letters."""
    place = rng.randint(0, len(data))
    return data[:place] + b"x" * rng.choice([70_000, 200_000, 2_000_000]) + data[place:]


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [
    splice, splice, stray_quotes, truncated, other_ends, other_encoding, other_header, other_widths, huge_field,
]  # fmt: skip
PARQUET_TYPES = [
    "varchar", "double", "bigint", "date", "timestamp", "timestamptz", "boolean", "decimal(18, 3)", "blob", "uuid",
    "varchar[]", "struct(a varchar)", "map(varchar, integer)", "time", "interval", "hugeint", "timestamp_ns", "float", "json",
]  # fmt: skip


def csv_file(seed: int, damages: list[int], packed: bool) -> tuple[str, bytes]:
    """A damaged CSV file, perhaps packed and damaged again."""
    rng = random.Random(seed)
    data = b"\n".join(order_lines(rng)) + b"\n"
    for number in damages:
        data = DAMAGES[number](data, rng)
    if not packed:
        return "orders.csv", data
    data = gzip.compress(data, 1, mtime=0)
    if rng.random() < 0.3:
        data = rng.choice([truncated, splice])(data, rng)
    return "orders.csv.gz", data


def parquet_file(seed: int, folder: Path) -> tuple[str, bytes, int]:
    """A Parquet file of wrong types, perhaps damaged; and how many rows were written."""
    rng = random.Random(seed)
    rows = rng.choice([0, 1, 200])
    texts = {
        "order_id": "'o' || i", "source_system": "'web'", "ordered_at": "timestamp '2024-01-01' + i * interval 1 hour",
        "channel": "'web'", "status": "'paid'", "net_amount": "i * 1.5", "guest_email": f"'{SECRET}' || i || '@example.org'",
    }  # fmt: skip
    for name in rng.sample(sorted(texts), rng.randint(0, 4)):
        kind = rng.choice(PARQUET_TYPES)
        texts[name] = f"try_cast({texts[name]} as {kind})" if rng.random() < 0.7 else f"cast(null as {kind})"
    path = folder / "made.parquet"
    columns = ", ".join(f"{sql} as {name}" for name, sql in texts.items())
    try:
        duckdb.execute(f"copy (select {columns} from range({rows}) as t(i)) to '{path}' (format parquet)")
    except duckdb.Error:  # a cast that does not exist
        return parquet_file(seed + 1, folder)
    data = path.read_bytes()
    if rng.random() < 0.5:
        data = rng.choice([truncated, splice])(data, rng)
    return "orders.parquet", data, rows


# --- the base layer ---------------------------------------------------------------------------------


class BaseLayer:
    """The compiled SQL of `base_commerce__orders` and what it reads, on one connection."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = folder / "raw"
        self.raw.mkdir(parents=True)
        self.pattern = str(self.raw / "{table}.*")
        (self.raw / "orders.csv").write_text(f"{HEADER}\no1,web,2024-01-01,web,paid,1,,,\n", "utf-8")
        words = ["-s", "+base_commerce__orders", "--indirect-selection", "empty", "--exclude-resource-type", "unit_test"]
        result = bad.dbt(folder, self.pattern, "build", *words)
        assert result.returncode == 0, result.stdout
        place = "models/staging/commerce/base/base_commerce__orders.sql"
        self.orders = (folder / "target" / "compiled" / "customer360" / place).read_text("utf-8")
        # the warehouse stays free for dbt; its copy has the same name, which stands in the SQL
        (folder / "copy").mkdir()
        shutil.copy(folder / "warehouse.duckdb", folder / "copy" / "warehouse.duckdb")
        self.connection = duckdb.connect(str(folder / "copy" / "warehouse.duckdb"))
        give_salt(self.connection)
        for name, value in DUCKDB_SETTINGS.items():
            self.connection.execute(f"set {name} = '{value}'")

    def lay_view(self, found: dict[str, Any]) -> None:
        """What the macro raw_view_sql writes, for columns that are not of type double."""
        columns = []
        for name in [*COLUMNS, "_loaded_at", "_unparseable"]:
            quoted = "cast(null as varchar)"
            if name in found["columns"]:
                quoted = '"' + found["names"][found["columns"].index(name)].replace('"', '""') + '"'
            columns.append(f"{quoted} as {name}")
        self.connection.execute(f"create or replace view raw.orders as select {', '.join(columns)} from {found['relation']}")

    def run(self, name: str, data: bytes) -> tuple[str, list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """(error or '', raw rows, (order_id, status, reasons) of the base rows) of one file of orders."""
        shutil.rmtree(self.raw)
        self.raw.mkdir()
        (self.raw / name).write_bytes(data)
        try:
            found = raw_files.find_tables(self.pattern)["orders"]
            error = found.get("error", "")
            missing = sorted(REQUIRED - set(found.get("columns", REQUIRED)))
            if error or missing:  # the macro check_raw_columns names what is missing
                return error or f"{missing} missing", [], []
            self.lay_view(found)
            columns = ", ".join([*HEADER.split(","), "_unparseable"])
            raw = self.connection.execute(f"select {columns} from raw.orders").fetchall()
            query = f"select order_id, row_status, row_reasons from ({self.orders}) as base"
            return "", raw, self.connection.execute(query).fetchall()
        finally:
            raw_files.copies.remove()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseLayer]:
    folder = tmp_path_factory.mktemp("damaged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_files, "COPIES", folder / "copies")
        layer = BaseLayer(folder)
        yield layer
        layer.connection.close()


def expected(data: bytes) -> tuple[list[str], list[tuple[int, list[str] | None]]] | None:
    """What the second reader sees; None where the file is no CSV."""
    try:
        return csv_oracle.read(data)
    except csv_oracle.NoCsv:
        return None


def comparable(fields: tuple[Any, ...] | list[Any]) -> tuple[str, ...]:
    """An empty field is null; line ends and blanks around a field are no difference."""
    return tuple((value or "").replace("\r\n", "\n").replace("\r", "\n").strip(" ") for value in fields)


def check_refusal(error: str, name: str) -> None:
    assert "\n" not in error and "Traceback" not in error
    assert SECRET.lower() not in error.lower()
    assert name in error or "missing" in error


def check_csv(base: BaseLayer, name: str, data: bytes) -> str:
    """Read or refused; everything that has to hold of it."""
    error, raw, rows = base.run(name, data)
    plain: bytes | None = data
    if name.endswith(".gz"):
        try:
            plain = gzip.decompress(data)
        except (EOFError, OSError, zlib.error):
            plain = None
    seen = expected(plain) if plain is not None else None
    if error:
        check_refusal(error, name)
        names = seen[0] if seen else []
        assert not (REQUIRED <= set(names) and len(set(names)) == len(names)), f"refused a good file: {error}"
        return "refused"
    assert seen is not None
    names, records = seen
    assert len(rows) == len(raw) == len(records)
    assert {status for _, status, _ in rows} <= FATES
    bad_places = sorted(f"{name}:{place}" for place, fields in records if fields is None)
    assert sorted(row[-1].rsplit(": ", 1)[0] if ": " in row[-1] else row[-1].rstrip(": ") for row in raw if row[-1]) == bad_places
    assert sum("unparseable_record" in (reasons or "") for _, _, reasons in rows) == len(bad_places)
    wanted = [names.index(column) if column in names else None for column in HEADER.split(",")]
    whole = Counter(
        comparable([fields[place] if place is not None else "" for place in wanted])
        for _, fields in records
        if fields is not None
    )
    assert Counter(comparable(row[:-1]) for row in raw if not row[-1]) == whole
    return "read"


def bounded(examples: int) -> settings:
    """The same examples every time; what fails is a seed, which does not get simpler."""
    return settings(
        max_examples=examples, deadline=SECONDS * 1000, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@contextmanager
def no_hang() -> Iterator[None]:
    """Ends the tests with a traceback where one example goes on and on."""
    faulthandler.dump_traceback_later(5 * SECONDS, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def damaged_csv(base: BaseLayer, examples: int) -> None:
    fates: Counter[str] = Counter()

    @bounded(examples)
    @given(
        seed=st.integers(0, 10**9),
        damages=st.lists(st.integers(0, len(DAMAGES) - 1), max_size=4),
        packed=st.sampled_from([False, False, False, True]),
    )
    def one(seed: int, damages: list[int], packed: bool) -> None:
        with no_hang():
            fates[check_csv(base, *csv_file(seed, damages, packed))] += 1

    one()
    assert fates["read"] > examples / 3
    assert fates["refused"] > examples / 30


def damaged_parquet(base: BaseLayer, examples: int) -> None:
    @bounded(examples)
    @given(seed=st.integers(0, 10**9))
    def one(seed: int) -> None:
        name, data, written = parquet_file(seed, base.folder)
        with no_hang():
            error, raw, rows = base.run(name, data)
        if error:
            check_refusal(error, name)
        else:
            assert len(rows) == len(raw) == written
            assert {status for _, status, _ in rows} <= FATES

    one()


def test_damaged_csv_files(base: BaseLayer) -> None:
    damaged_csv(base, 500 if IS_FULL else 30)


def test_damaged_parquet_files(base: BaseLayer) -> None:
    damaged_parquet(base, 100 if IS_FULL else 10)


@pytest.mark.skipif(not IS_FULL, reason="only in make test-faults")
def test_dbt_says_what_the_compiled_sql_says(base: BaseLayer) -> None:
    """The same files through `dbt run`: the same rows with the same fates, or refused in one line."""
    refused = 0
    for seed in range(20):
        name, data = csv_file(seed, [seed % len(DAMAGES), seed % 3], packed=seed % 4 == 0)
        error, raw, rows = base.run(name, data)
        result = bad.dbt(base.folder, base.pattern, "run", "-s", "+base_commerce__orders")
        assert "Traceback" not in result.stdout + result.stderr
        if error or not raw:
            refused += 1
            assert result.returncode != 0
            assert "do not keep the contract" in result.stdout
            assert SECRET not in result.stdout
            continue
        if not any(status == "accepted" for _, status, _ in rows):
            assert f"none of {len(rows)} orders could be accepted" in result.stdout
            continue
        assert result.returncode == 0, result.stdout[-3000:]
        query = "select order_id, row_status, row_reasons from staging.base_commerce__orders"
        assert Counter(bad.fetch(base.folder, query)) == Counter(rows)
    assert 0 < refused < 15
