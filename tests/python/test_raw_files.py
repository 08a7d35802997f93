"""The tolerant CSV reader and the inspection of raw files, without dbt."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from scripts import raw_files, tolerant_csv  # noqa: E402
from scripts.raw_files import find_tables, inspect  # noqa: E402
from scripts.tolerant_csv import CsvFile, lines_of, records, shape, split  # noqa: E402


@pytest.fixture(autouse=True)
def copies_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Mended copies stand in a folder of the test and are gone after it."""
    folder = tmp_path / "copies"
    monkeypatch.setattr(raw_files, "COPIES", folder)
    monkeypatch.setattr(raw_files, "copies", raw_files._Copies())
    return folder


def texts(data: bytes) -> list[str]:
    return list(lines_of(io.BytesIO(data)))


def rows_of(answer: dict, columns: str = "*") -> list[tuple]:
    return duckdb.sql(f"select {columns} from {answer['relation']}").fetchall()


def inspected(folder: Path, data: bytes, name: str = "orders.csv") -> dict:
    (folder / name).write_bytes(data)
    return inspect([str(folder / name)])


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,b,c", ["a", "b", "c"]),
        ("a,,", ["a", "", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a""b","",c', ['a"b', "", "c"]),
        (' "a" , b', ["a", "b"]),
        ('5" pipe,b', ['5" pipe', "b"]),
        ('"open,b', None),
        ('"a"b,c', None),
        ('"a,b"', ["a,b"]),
        ("", [""]),
    ],
)
def test_a_record_splits_at_its_separators(text: str, fields: list[str] | None) -> None:
    assert split(text, ",") == fields


def test_lines_end_with_lf_crlf_or_cr() -> None:
    assert texts(b"a\nb\r\nc\rd\n\re") == ["a", "b", "c", "d", "", "e"]
    assert texts(b"") == []
    assert texts(b"a\r") == ["a"]


def test_a_line_end_on_the_border_of_two_chunks_is_one() -> None:
    for size in range(8180, 8200):  # TextIOWrapper reads 8192 bytes at a time
        data = b"a" * size + b"\r\ncd\r\r\n\nef\r"
        assert texts(data) == ["a" * size, "cd", "", "", "ef"]


def test_only_lines_that_are_not_utf8_are_latin1() -> None:
    tally: Counter[str] = Counter()
    data = "é\n".encode() + "ü\n".encode("latin-1") + b"x\x00y"
    assert list(lines_of(io.BytesIO(data), tally=tally)) == ["é", "ü", "x\ufffdy"]
    assert tally == {"latin": 1}


def test_a_line_beyond_the_limit_is_an_unparseable_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerant_csv, "MAX_LINE", 100)
    found = list(records(texts(b"a,b\n" + b"x" * 300 + b"\nc,d\n"), 2, ","))
    assert [fields for _, fields, _ in found] == [["a", "b"], None, ["c", "d"]]
    # nor does it end a quoted text
    found = list(records(texts(b'a,"b\n' + b"x" * 300 + b'\nc",d\n'), 2, ","))
    assert [fields for _, fields, _ in found] == [None, None, ['c"', "d"]]


def test_a_quoted_record_runs_over_lines() -> None:
    found = list(records(["1,2", '3,"x', "", 'y"', "5,6"], 2, ","))
    assert [fields for _, fields, _ in found] == [["1", "2"], ["3", "x\n\ny"], ["5", "6"]]
    assert [place for place, _, _ in found] == [1, 2, 5]


def test_an_open_quote_costs_its_own_line_only() -> None:
    found = list(records(['1,"2', "3,4", "5,6", ""], 2, ","))
    assert [(place, fields) for place, fields, _ in found] == [(1, None), (2, ["3", "4"]), (3, ["5", "6"])]


def test_a_quoted_record_has_at_most_200_lines() -> None:
    most = tolerant_csv.MAX_LINES_PER_RECORD
    fits = ['1,"a', *["x"] * (most - 2), 'b"']
    assert [fields is not None for _, fields, _ in records(fits, 2, ",")] == [True]
    longer = ['1,"a', *["x,y"] * (most - 1), 'b"']
    found = list(records(longer, 2, ","))
    assert len(found) == most + 1
    assert found[0][1] is None
    assert found[-1][1] is None


def test_wrong_numbers_of_fields_stand_alone_and_blank_lines_do_not_count() -> None:
    found = list(records(["1", "1,2", " ", "1,2,3", "1,2,,", ","], 2, ","))
    assert [(place, fields) for place, fields, _ in found] == [
        (1, None), (2, ["1", "2"]), (4, None), (5, ["1", "2"]), (6, ["", ""]),
    ]


def test_open_quotes_in_every_line_take_linear_time() -> None:
    """Each open quote looks ahead 200 lines; what it finds must not be split again and again."""
    lines = ['a,"b""c' for _ in range(20_000)]
    assert sum(1 for _ in records(lines, 2, ",")) == 20_000


def test_the_shape_shows_form_and_no_content() -> None:
    assert shape("Anna 王小明,13800138000;é@x") == "xxxx xxx,99999999999;x@x"
    assert len(shape("x" * 900)) == 500


def test_a_well_formed_file_is_read_in_place(tmp_path: Path) -> None:
    answer = inspected(tmp_path, b'\xef\xbb\xbf Order_ID ;B\r\n1;"x;y"\r\n')
    assert answer["columns"] == ["order_id", "b"]
    assert answer["notes"] == []
    assert not (tmp_path / "copies").exists()
    assert rows_of(answer) == [("1", "x;y")]


def test_a_damaged_file_is_mended_in_a_copy(tmp_path: Path) -> None:
    answer = inspected(tmp_path, b"a,b\n1,2\r\n3\r4,\xe9,6\n\xe9,8\n")
    assert rows_of(answer) == [
        ("1", "2", None),
        (None, None, "orders.csv:3: 9"),
        (None, None, "orders.csv:4: 9,x,9"),
        ("é", "8", None),
    ]
    assert len(answer["notes"]) == 1
    assert "2 records, 2 lines were not UTF-8" in answer["notes"][0]
    assert "2 lines do not have the header's 2 fields, the first is line 3" in answer["notes"][0]


def test_a_10_mb_field_is_read_in_place_and_in_a_mended_file(tmp_path: Path) -> None:
    field = b"x" * 10_000_000
    assert rows_of(inspected(tmp_path, b"a,b\n1," + field + b"\n"), "strlen(b)") == [(10_000_000,)]
    damaged = inspected(tmp_path, b"a,b\n1\n1," + field + b"\n")
    assert rows_of(damaged, "strlen(b)") == [(None,), (10_000_000,)]


def test_mending_needs_no_more_memory_for_a_longer_file(tmp_path: Path) -> None:
    """A reader that held the file, or its lines, would need more than its 2 MB."""
    path = tmp_path / "orders.csv"
    path.write_bytes(b"a,b\n1\n" + (b"some text," + b"x" * 190 + b"\n") * 10_000)
    tracemalloc.start()
    raw_files._mended(CsvFile(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000 < path.stat().st_size


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("orders.csv", b"", "the file is empty"),
        ("orders.csv", b"\n \r\n", "the file is empty"),
        ("orders.csv", b"a,b,A \n1,2,3\n", "column a stands twice in the header"),
        ("orders.csv", "a,b\n".encode("utf-16") + b"x", "is not UTF-16 throughout; save it as CSV"),
        ("orders.csv", b'a,"b\n1,2\n', "the quotes of the header, line 1, do not match"),
        ("orders.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:-9], "not a whole gzip file"),
        ("orders.csv.gz", b"a,b\n1,2\n", "not a whole gzip file"),
        ("orders.parquet", b"PAR1 and no more", "not a whole Parquet file"),
        ("orders.parquet", b"", "not a whole Parquet file"),
        ("orders.xlsx", b"PK", "this kind of file is not read; use .parquet, .csv or .csv.gz"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    error = inspected(tmp_path, data, name)["error"]
    assert str(tmp_path / name) in error
    assert message in error


def test_a_missing_file_and_mixed_kinds_are_errors(tmp_path: Path) -> None:
    assert "cannot be read" in inspect([str(tmp_path / "none.csv")])["error"]
    names = [str(tmp_path / "a.csv"), str(tmp_path / "a.parquet")]
    for name in names:
        Path(name).touch()
    assert "are mixed in one table" in inspect(names)["error"]


def test_a_header_may_follow_blank_lines_and_a_separator_hint(tmp_path: Path) -> None:
    answer = inspected(tmp_path, b"\nsep=;\na;b\n1;2\n3\n")
    assert rows_of(answer) == [("1", "2", None), (None, None, "orders.csv:5: 9")]


def test_a_column_named_like_the_readers_own_is_a_column_like_others(tmp_path: Path) -> None:
    assert inspected(tmp_path, b"a,_unparseable\n1,2\n")["columns"] == ["a", "column_2"]


def test_a_truncated_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    duckdb.sql(f"copy (select i, hash(i) from range(99999) as t(i)) to '{path}'")
    whole = path.read_bytes()
    assert "error" not in inspect([str(path)])
    path.write_bytes(whole[: len(whole) // 2])
    assert f"{path}: not a whole Parquet file" in inspect([str(path)])["error"]
    damaged = bytearray(whole)
    damaged[4:2000] = bytes(1996)
    path.write_bytes(damaged)
    assert f"{path}: not a whole Parquet file" in inspect([str(path)])["error"]


def test_files_of_one_table_are_united_by_column_name(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "2.csv").write_bytes(b"B;C\n3;4\n5\n")
    answer = inspect([str(tmp_path / "1.csv"), str(tmp_path / "2.csv")])
    assert answer["columns"] == ["a", "b", "c", "_unparseable"]
    assert rows_of(answer, "a, b, c, _unparseable") == [
        ("1", "2", None, None), (None, "3", "4", None), (None, None, None, "2.csv:3: 9"),
    ]


FIELDS = ["a", "", '"x,y"', '"a""b"', ' "q"', '"z" ', '"m{end}n"', '5"', "é", " ", '"', "7"]
PIECES = ["a", "1", '"', '""', ",", ",", "\n", "\r\n", "\r", " ", '"x,y"', '"m\nn"', ',"', '",', "é"]


def odd_file(rng: random.Random) -> str:
    """Rows of odd but regular fields, or a heap of pieces."""
    if rng.random() < 0.3:
        return "h1,h2\n" + "".join(rng.choices(PIECES, k=rng.randint(1, 25)))
    end = rng.choice(["\n", "\r\n", "\r"])
    rows = [",".join(rng.choices(FIELDS, k=2)) for _ in range(rng.randint(1, 5))]
    return "h1,h2" + end + "".join(row.replace("{end}", end) + end for row in rows)


def normal(rows: list) -> list:
    """DuckDB reads an empty field as null and keeps line ends within quotes; neither is a difference."""
    return [
        tuple((value or "").replace("\r\n", "\n").replace("\r", "\n").strip() for value in row)
        for row in rows
    ]


def test_what_duckdb_reads_in_place_is_what_the_tolerant_reader_sees(tmp_path: Path) -> None:
    rng = random.Random(5)
    in_place = 0
    for number in range(900):
        path = tmp_path / f"{number}.csv"
        text = odd_file(rng)
        path.write_text(text, encoding="utf-8", newline="")
        source = CsvFile(path)
        relation = raw_files._in_place(source)
        if not relation:
            continue
        in_place += 1
        found = list(records(texts(text.encode())[1:], len(source.header), source.delimiter))
        assert all(fields is not None for _, fields, _ in found), text
        seen = duckdb.sql(f"select * from {relation}").fetchall()
        assert normal(seen) == normal([fields for _, fields, _ in found]), text
    assert in_place > 50  # the comparison is about something
