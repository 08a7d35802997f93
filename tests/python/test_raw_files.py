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
    found = list(records(texts(b'a,"b\n' + b"x" * 300 + b'\nc"\n'), 2, ","))
    assert [fields for _, fields, _ in found] == [None, None, None]


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
        ("orders.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], "not a whole gzip file"),
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


# --- stray quotes --------------------------------------------------------------------------------


def orders(count: int) -> list[str]:
    """Lines of a plain file: number, system, words, amount."""
    words = ["good, soon", "to the door", "", "gift"]
    return [
        f'o{number},web,"{words[number % 4]}",{number}.50' if "," in words[number % 4]
        else f"o{number},web,{words[number % 4]},{number}.50"
        for number in range(count)
    ]


@pytest.mark.parametrize("apart", [1, 2, 5, 25, 150])
@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_two_stray_quotes_cost_no_other_line(apart: int, column: int) -> None:
    """One opens a field of line 10, one closes the same column some lines further down."""
    lines = [line.replace("good, soon", "good").replace('"', "") for line in orders(200)]
    opening, closing = lines[10].split(","), lines[10 + apart].split(",")
    opening[column] = '"' + opening[column]
    closing[column] += '"'
    damaged = list(lines)
    damaged[10], damaged[10 + apart] = ",".join(opening), ",".join(closing)
    found = list(records(damaged, 4, ","))
    assert [place for place, _, _ in found] == list(range(1, 201))
    for place, fields, _ in found:
        if place not in (11, 11 + apart):
            assert fields == lines[place - 1].split(",")
    assert found[10][1] is None


def test_a_lone_closing_quote_is_found_out_too() -> None:
    lines = orders(40)
    lines[10], lines[33] = 'o10,web,"gift,1.50', 'o33,web,",33.50'
    found = list(records(lines, 4, ","))
    assert [place for place, _, _ in found] == list(range(1, 41))
    assert [place for place, fields, _ in found if fields is None] == [11, 34]


def test_texts_of_several_lines_are_texts() -> None:
    """Even if a line of theirs has as many commas as the header, or looks like a list."""
    texts = ["Dear team,\nthank you, all", "1, 2, 3, go\nyes", "a\n\nb", "so\n- fine, cheap, quick, red\n- good", "x\n,,,"]
    for text in texts:
        lines = ["r1,5,2024-01-01,fine", *f'r2,4,2024-01-02,"{text}"'.split("\n"), "r3,1,2024-01-03,no"]
        found = [fields for _, fields, _ in records(lines, 4, ",")]
        assert found == [["r1", "5", "2024-01-01", "fine"], ["r2", "4", "2024-01-02", text], ["r3", "1", "2024-01-03", "no"]]


# --- size ----------------------------------------------------------------------------------------


# getrusage would count the memory of pytest, which the child was forked from
MEASURED = """
import pathlib, re, sys
from scripts import raw_files
answer = raw_files.inspect(sys.argv[1:])
peak = re.search(r"VmHWM:\\s+([0-9]+)", pathlib.Path("/proc/self/status").read_text())
print(answer["notes"], int(peak[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_small_packed_file_of_great_size_takes_little_memory(tmp_path: Path) -> None:
    """An open quote near the start of 100 MB packed in 0.5 MB: the strict reader held all of it."""
    path = tmp_path / "orders.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b'a,b\n1,"')
        for _ in range(100):
            file.write((b"1," + b"x" * 997 + b"\n") * 1000)
    assert path.stat().st_size < 2_000_000
    command = [sys.executable, "-c", MEASURED, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    notes, megabytes = result.stdout.rsplit(" ", 1)
    assert "99999 records" in notes
    assert int(megabytes) < 300


def test_4000_columns_take_no_longer_than_their_share(tmp_path: Path) -> None:
    def seconds(width: int) -> float:
        header = ",".join(f"column{number}" for number in range(width))
        rows = "".join(",".join(["value"] * width) + "\n" for _ in range(40_000 // width))
        began = time.process_time()
        assert "error" not in inspected(tmp_path, f"{header}\n{rows}".encode())
        return time.process_time() - began

    assert seconds(4000) < 5 + 4 * seconds(400)


# --- where the files are -------------------------------------------------------------------------


def found_at(pattern: Path | str) -> dict[str, list[tuple]]:
    return {
        table: rows_of(answer) if "relation" in answer else answer.get("error", "unknown")
        for table, answer in find_tables(str(pattern)).items()
    }


@pytest.mark.parametrize("name", ["a b", "[x]", "a[1-9]*?", "it's", '"q"', "é王", "a=b", "..b", "{x}", "c:\\d", "#%;"])
def test_any_name_of_a_folder_is_read_as_it_stands(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "stores.csv").write_bytes(b"store_id,region\ns1,a\n")
    (folder / "products.csv").write_bytes(b"product_id,brand\np1\n")
    duckdb.sql("select 'c1' as campaign_id").write_parquet(str(tmp_path / "c.parquet"))
    (tmp_path / "c.parquet").rename(folder / "campaigns.parquet")
    for other in ("x", "a1bc", "s", "q"):  # what the name would match as a wildcard
        (tmp_path / other).mkdir()
        for path in folder.iterdir():
            (tmp_path / other / path.name).write_bytes(path.read_bytes().replace(b"s1", b"s2").replace(b"c1", b"c2"))
    found = find_tables(str(folder / ".." / name / "{table}.*"))
    assert sorted(found) == ["campaigns", "products", "stores"]
    assert rows_of(found["stores"]) == [("s1", "a")]
    assert rows_of(found["products"]) == [(None, None, "products.csv:2: x9")]
    assert rows_of(found["campaigns"], "campaign_id") == [("c1",)]


def test_patterns_name_tables_in_folders_and_parts(tmp_path: Path) -> None:
    for path in ("in/stores/2024/a.csv", "in/stores/2025/b.csv", "x/stores_1.csv", "x/_stores_1.csv", "x/.stores_1.csv"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"store_id,region\n" + path[-5:-4].encode() + b",r\n")
    both = {"stores": [("a", "r"), ("b", "r")]}
    assert found_at(tmp_path / "in" / "{table}" / "*" / "*.csv") == both
    assert found_at(tmp_path / "in" / "{table}" / "**" / "*.csv") == both
    assert found_at(tmp_path / "x" / "{table}_*.csv") == {"stores": [("1", "r")]}
    assert found_at(tmp_path / "none" / "{table}.csv") == {}
    with pytest.raises(raw_files.UnreadableFile, match="only files of this machine"):
        find_tables("s3://bucket/{table}.csv")


def test_a_link_to_a_file_is_read_and_any_other_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").write_bytes(b"store_id,region\ns1,a\n")
    (tmp_path / "stores.csv").symlink_to("real")
    (tmp_path / "orders.csv").mkdir()
    (tmp_path / "notes.csv").mkdir()  # a folder that has no table's name
    (tmp_path / "payments.csv").symlink_to("gone.csv")
    (tmp_path / "reviews.csv").symlink_to("reviews.csv")
    (tmp_path / "returns.csv").touch()
    really_open = open

    def guarded(name: str, *words: str, **more: str) -> io.IOBase:
        if str(name).endswith("returns.csv"):  # a test that runs as root may read everything
            raise PermissionError(13, "Permission denied", name)
        return really_open(name, *words, **more)

    monkeypatch.setattr("builtins.open", guarded)
    found = found_at(tmp_path / "{table}.csv")
    assert found.pop("stores") == [("s1", "a")]
    assert {table: error.removeprefix(f"{tmp_path}/{table}.csv: ")[:44] for table, error in found.items()} == {
        "orders": "is a folder, not a file; name the files in i",
        "payments": "the link leads to a file that is not there; ",
        "returns": "cannot be read (Permission denied)",
        "reviews": "the link leads in a circle; mend or remove i",
    }


def test_encodings_are_read_as_marked_or_declared(tmp_path: Path) -> None:
    text = "product_id,brand\np1,王小明\n"
    path = tmp_path / "products.csv"
    for data, declared in ((text.encode("utf-16"), {}), (text.encode("gbk"), {"encoding": "GBK"})):
        path.write_bytes(data)
        answer = find_tables(str(tmp_path / "{table}.csv"), {"products": declared})["products"]
        assert rows_of(answer, "product_id, brand") == [("p1", "王小明")]
    path.write_bytes(text.replace(",", "^").encode())
    answer = find_tables(str(tmp_path / "{table}.csv"), {"products": {"delimiter": "^"}})["products"]
    assert rows_of(answer) == [("p1", "王小明")]
    answer = find_tables(str(tmp_path / "{table}.csv"), {"products": {"encoding": "klingon"}})["products"]
    assert "products.csv: the encoding klingon is not known" in answer["error"]


def test_copies_are_gone_when_their_process_is(tmp_path: Path, copies_of_this_test: Path) -> None:
    """Killed or not: another run sweeps what a killed one left, and leaves alone what is in use."""
    (tmp_path / "products.csv").write_bytes(b"product_id,brand\np1\n")
    script = f"""
import sys, pathlib
from scripts import raw_files
raw_files.COPIES = pathlib.Path({str(copies_of_this_test)!r})
raw_files.find_tables({str(tmp_path / "{table}.csv")!r})
print("ready", flush=True)
sys.stdin.read(1)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start() -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen([sys.executable, "-c", script], env=environment, **pipes)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        return process

    def folders() -> int:
        return sum(path.is_dir() for path in copies_of_this_test.iterdir())

    first, second = start(), start()
    assert folders() == 2
    first.kill()
    first.wait()
    assert folders() == 2
    raw_files.copies.sweep()
    assert folders() == 1
    second.communicate(b"x")
    assert folders() == 0
