"""Boundary cases of macros/cross_db: a name, a call, the expected value, sometimes its type.

The call is the Jinja that a model would write. A case is either an expression or a whole select of
one value. The expected value is compared as text; a float within 1e-12, a `None` as null.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One call and what it must give, the same on both engines."""

    name: str
    call: str
    expected: str | float | None
    type: str = ""


VISITS = """(
    select * from (
        values
            (1, 'a', 10.0e0, date '2024-01-31'),
            (2, 'b', 2.5e0, date '2024-02-29'),
            (3, 'b', cast(null as double), date '2024-03-01'),
            (4, 'b', 2.5e0, cast(null as date))
    ) as visits (id, grp, amount, day)
) as visits"""

LEFT = """left_rows_in as (
    select * from (
        values
            (1, 'x', timestamp '2024-01-01 09:00:00'),
            (2, 'x', timestamp '2024-01-01 10:00:00'),
            (3, 'x', timestamp '2024-01-01 11:00:00'),
            (4, 'y', timestamp '2024-01-01 11:00:00'),
            (5, cast(null as string), timestamp '2024-01-01 11:00:00'),
            (6, 'x', cast(null as timestamp))
    ) as rows_in (id, product, seen_at)
)"""
RIGHT = """right_rows_in as (
    select * from (
        values
            ('x', timestamp '2024-01-01 10:00:00', 5, 'five'),
            ('x', timestamp '2024-01-01 10:30:00', 6, cast(null as string)),
            ('y', timestamp '2024-01-02 00:00:00', 7, 'seven'),
            (cast(null as string), timestamp '2024-01-01 00:00:00', 8, 'eight'),
            ('x', cast(null as timestamp), 9, 'nine')
    ) as rows_in (product, valid_from, price, label)
)"""


def as_of(options: str) -> str:
    """A case of as_of_left_join whose result is written as `id:price:label` in id order."""
    return (
        f"with {LEFT}, {RIGHT}, joined as ("
        "{{ as_of_left_join(left='left_rows_in', right='right_rows_in', on=['product'], "
        f"left_time='seen_at', right_time='valid_from', {options}) }}}}"
        ") select {{ ordered_string_agg(\"cast(id as string) || ':' || coalesce(cast(cost as string), '-')"
        " || ':' || coalesce(label, '-')\", ' ', 'id') }} from joined"
    )


ENGINE_CASES = [
    Case("per_engine", "{{ per_engine(duckdb='1 + 1', spark='3 - 1') }}", "2"),
    Case("text_literal_quote", "{{ text_literal(\"it's\") }}", "it's"),
    Case("text_literal_backslash", r"{{ text_literal('a\\d') }}", r"a\d"),
    Case("fingerprint_equal",
         "{{ row_fingerprint([\"'a'\", 'cast(null as int)']) }}"
         " = {{ row_fingerprint([\"'a'\", 'cast(null as int)']) }}", "true"),
    Case("fingerprint_unlike",
         "{{ row_fingerprint([\"'a'\", '1']) }} = {{ row_fingerprint([\"'a'\", '2']) }}", "false"),
    Case("fingerprint_not_negative",
         "select min({{ row_fingerprint(['n']) }}) >= 0 from {{ number_series(1, 50) }} as s",
         "true"),
    Case("computed_once_keeps_all_rows",
         "select count(*) from {{ number_series(1, 50) }} as s {{ computed_once() }}", "50"),
    Case("fingerprint_type", "{{ row_fingerprint(['1', '2']) }} is not null", "true"),
]

ARRAY_CASES = [
    Case("array_of", "{{ array_of([3, 1, 2]) }}", "[3, 1, 2]"),
    Case("array_get_first", "{{ array_get(array_of([3, 1]), 1) }}", "3"),
    Case("array_get_last", "{{ array_get(array_of([3, 1]), -1) }}", "1"),
    Case("array_get_beyond", "{{ array_get(array_of([3, 1]), 9) }}", None),
    Case("array_get_null_array",
         "select {{ array_get('arr', 1) }} from"
         " (select case when 1 = 2 then {{ array_of([1]) }} end as arr) as t", None),
    Case("ordered_array_agg",
         f"select {{{{ ordered_array_agg('id', 'id') }}}} from {VISITS}", "[1, 2, 3, 4]"),
    Case("ordered_array_agg_descending",
         f"select {{{{ ordered_array_agg('id', 'id', descending=true) }}}} from {VISITS}",
         "[4, 3, 2, 1]"),
    Case("ordered_array_agg_drops_null_values",
         f"select {{{{ ordered_array_agg('amount', 'id') }}}} from {VISITS}", "[10.0, 2.5, 2.5]"),
    Case("ordered_array_agg_null_key_first",
         f"select {{{{ ordered_array_agg('id', 'day') }}}} from {VISITS}", "[4, 1, 2, 3]"),
    Case("ordered_array_agg_null_key_last_descending",
         f"select {{{{ ordered_array_agg('id', 'day', descending=true) }}}} from {VISITS}",
         "[3, 2, 1, 4]"),
    Case("ordered_array_agg_ties_by_value",
         f"select {{{{ ordered_array_agg('id', 'grp') }}}} from {VISITS}", "[1, 2, 3, 4]"),
    Case("ordered_array_agg_ties_by_value_descending",
         f"select {{{{ ordered_array_agg('id', 'grp', descending=true) }}}} from {VISITS}",
         "[4, 3, 2, 1]"),
    Case("ordered_array_agg_of_nothing",
         f"select {{{{ ordered_array_agg('id', 'id') }}}} from {VISITS} where id > 9", "[]"),
    Case("ordered_array_agg_two_keys",
         "select {{ ordered_array_agg('id', struct_of({'a': 'amount', 'b': '-id'})) }}"
         f" from {VISITS} where amount is not null", "[4, 2, 1]"),
    Case("explode_array",
         "select {{ ordered_string_agg('u.item', '-', 'u.item') }} from"
         " (select {{ array_of([3, 1, 2]) }} as arr) as t {{ explode_array('t.arr', 'u', 'item') }}",
         "1-2-3"),
    Case("explode_array_empty_and_null",
         "select count(*) from (select {{ filter_array(array_of([1]), 'e', 'e > 1') }} as arr"
         " union all select null) as t {{ explode_array('t.arr', 'u', 'item') }}", "0"),
    Case("explode_array_with_position",
         "select {{ ordered_string_agg(\"cast(u.pos_no as string) || u.item\", ' ', 'u.pos_no') }}"
         " from (select {{ array_of([\"'c'\", \"'a'\"]) }} as arr) as t"
         " {{ explode_array_with_position('t.arr', 'u', 'item', 'pos_no') }}", "1c 2a"),
    Case("fold_array",
         "{{ fold_array(array_of([1, 2, 3]), '10', 'total', 'item', 'total * 2 + item') }}", "91"),
    Case("fold_array_of_nothing",
         "select {{ fold_array('arr', '10', 'total', 'item', 'total + item') }} from"
         " (select {{ filter_array(array_of([1]), 'e', 'e > 1') }} as arr) as empty", "10"),
    Case("map_array_with_position",
         "{{ map_array_with_position(array_of([5, 6]), 'e', 'place', 'e * place') }}", "[5, 12]"),
    Case("numbers_down_to_zero", "{{ numbers_down_to_zero(2) }}", "[2.0, 1.0, 0.0]"),
    Case("split_text", "{{ array_get(split_text(\"'a; b; c'\", '; '), 2) }}", "b"),
    Case(
        "split_text_takes_no_pattern", "{{ array_get(split_text(\"'a.b|c'\", '.') , 2) }}", "b|c"
    ),
    Case("map_array", "{{ map_array(array_of([1, 2]), 'e', 'e * 2') }}", "[2, 4]"),
    Case("filter_array", "{{ filter_array(array_of([1, 2, 3]), 'e', 'e > 1') }}", "[2, 3]"),
    Case("struct_of_field",
         "select s.b from (select {{ struct_of({'a': '1', 'b': \"'x'\"}) }} as s) as t", "x"),
    Case("struct_of_argmax",
         f"select max({{{{ struct_of({{'a': 'amount', 'b': '-id'}}) }}}}).b from {VISITS}"
         " where grp = 'b' and amount is not null", "-2"),
    Case("json_value_nested",
         """{{ json_value("'{\\"a\\":{\\"b\\":[1,2]}}'", '$.a.b[1]') }}""", "2"),
    Case("json_value_object",
         """{{ json_value("'{\\"a\\":{\\"b\\": [1, 2]}}'", '$.a') }}""", '{"b":[1,2]}'),
    Case("json_value_text", """{{ json_value("'{\\"a\\":\\"x y\\"}'", '$.a') }}""", "x y"),
    Case("json_value_true", """{{ json_value("'{\\"a\\":true}'", '$.a') }}""", "true"),
    Case("json_value_absent", """{{ json_value("'{\\"a\\":1}'", '$.zz') }}""", None),
    Case("json_value_null", """{{ json_value("'{\\"a\\":null}'", '$.a') }}""", None),
    Case("json_value_not_json", "{{ json_value(\"'{bad'\", '$.a') }}", None),
    Case("json_value_of_null", "{{ json_value('cast(null as string)', '$.a') }}", None),
    Case("json_field",
         """{{ json_field("'{\\"a\\":\\"x\\",\\"b\\":\\"y z\\"}'", "concat('', 'b')") }}""", "y z"),
    Case("json_field_absent", """{{ json_field("'{\\"a\\":\\"x\\"}'", "'c'") }}""", None),
    Case("json_field_not_json", "{{ json_field(\"'{bad'\", \"'a'\") }}", None),
    Case("json_object_of",
         "{{ json_object_of({'b': \"'x'\", 'a': '12', 'c': '1 = 1', 'd': \"date '2024-01-31'\"}) }}",
         '{"b":"x","a":12,"c":true,"d":"2024-01-31"}'),
    Case("json_object_of_omits_null",
         "{{ json_object_of({'a': 'cast(null as int)', 'b': '1'}) }}", '{"b":1}'),
    Case("json_object_of_nothing_but_null",
         "{{ json_object_of({'a': 'cast(null as string)'}) }}", "{}"),
    Case("json_object_of_escapes",
         "{{ json_object_of({'a': \"concat('q', chr(34), chr(92), '/', chr(10), chr(31), 'é中')\"}) }}",
         '{"a":"q\\"\\\\/\\n\\u001Fé中"}'),
    Case("json_object_of_decimal_text",
         "{{ json_object_of({'a': as_text('cast(8.7 as decimal(10, 2))')}) }}", '{"a":"8.70"}'),
    Case("json_object_of_big_number",
         "{{ json_object_of({'a': 'cast(12345678901234567 as bigint)'}) }}",
         '{"a":12345678901234567}'),
]

TEXT_CASES = [
    Case("matches_regex_part", "{{ matches_regex(\"'ab12'\", '[0-9]+') }}", "true", "boolean"),
    Case("matches_regex_whole", "{{ matches_regex(\"'ab12'\", '^[0-9]+$') }}", "false"),
    Case("matches_regex_line_feed_at_end",
         "{{ matches_regex(\"concat('12', chr(10))\", '^[0-9]+$') }}", "false"),
    Case("matches_regex_null", "{{ matches_regex('cast(null as string)', 'a') }}", None),
    Case("matches_regex_quote", "{{ matches_regex(\"'it''s'\", \"t's\") }}", "true"),
    Case("matches_regex_dollar_sign", "{{ matches_regex(\"'a$'\", '[$]$') }}", "true"),
    Case("matches_regex_backslash", r"""{{ matches_regex("'a.b'", '^a\\.b$') }}""", "true"),
    Case("matches_regex_backslash_differs", r"""{{ matches_regex("'axb'", '^a\\.b$') }}""", "false"),
    Case("replace_regex_all", "{{ replace_regex(\"'a1b22'\", '[0-9]+', '#') }}", "a#b#"),
    Case("replace_regex_groups",
         "{{ replace_regex(\"'ab cd'\", '([a-z])([a-z])', '$2$1') }}", "ba dc"),
    Case("replace_regex_dollar", "{{ replace_regex(\"'5 eur'\", ' eur', '$') }}", "5$"),
    Case("replace_regex_backslash", r"""{{ replace_regex("'a/b'", '/', '\\') }}""", r"a\b"),
    Case("replace_regex_delete", "{{ replace_regex(\"'+49 (0)30'\", '[^0-9]', '') }}", "49030"),
    Case("extract_regex", "{{ extract_regex(\"'order-77x'\", '[0-9]+') }}", "77"),
    Case("extract_regex_group", "{{ extract_regex(\"'utm=a&b'\", 'utm=([^&]*)', 1) }}", "a"),
    Case("extract_regex_no_match", "{{ extract_regex(\"'abc'\", '[0-9]+') }}", None),
    Case("extract_regex_group_not_taken", "{{ extract_regex(\"'abc'\", 'a(x)?', 1) }}", None),
    Case("has_prefix", "{{ has_prefix(\"'a%b'\", \"'a%'\") }}", "true", "boolean"),
    Case("has_prefix_not", "{{ has_prefix(\"'axb'\", \"'a%'\") }}", "false"),
    Case("has_prefix_null", "{{ has_prefix(\"'axb'\", 'cast(null as string)') }}", None),
    Case("is_one_of_first", "{{ is_one_of(\"'a'\", ['a', 'b', 'c', 'd', 'e']) }}", "true", "boolean"),
    Case("is_one_of_last", "{{ is_one_of(\"'e'\", ['a', 'b', 'c', 'd', 'e']) }}", "true"),
    Case("is_one_of_not", "{{ is_one_of(\"'f'\", ['a', 'b', 'c', 'd', 'e']) }}", "false"),
    Case("is_one_of_null", "{{ is_one_of('cast(null as string)', ['a', 'b', 'c', 'd', 'e']) }}", None),
    Case("string_agg",
         f"select {{{{ ordered_string_agg('id', ', ', 'id') }}}} from {VISITS}", "1, 2, 3, 4"),
    Case("string_agg_descending",
         f"select {{{{ ordered_string_agg('id', '', 'day', descending=true) }}}} from {VISITS}",
         "3214"),
    Case("string_agg_drops_null",
         f"select {{{{ ordered_string_agg('day', ' ', 'id') }}}} from {VISITS} where id > 2",
         "2024-03-01"),
    Case("string_agg_of_nothing",
         f"select {{{{ ordered_string_agg('id', ',', 'id') }}}} from {VISITS} where id > 9", None),
    Case("string_agg_quote_as_separator",
         f"select {{{{ ordered_string_agg('grp', \"+'\", 'id') }}}} from {VISITS} where id < 3",
         "a+'b"),
    Case("as_text_timestamp",
         "{{ as_text(\"timestamp '2024-01-31 10:00:00.250'\") }}", "2024-01-31 10:00:00.25"),
    Case("as_text_midnight", "{{ as_text(\"timestamp '2024-01-31 00:00:00'\") }}",
         "2024-01-31 00:00:00"),
    Case("as_text_decimal", "{{ as_text('cast(8.7 as decimal(10, 2))') }}", "8.70"),
    Case("as_text_boolean", "{{ as_text('1 = 1') }}", "true"),
    Case("is_ascii", "{{ is_ascii(\"'a ~1'\") }}", "true", "boolean"),
    Case("is_ascii_not", "{{ is_ascii(\"'é'\") }}", "false"),
    Case("is_ascii_null", "{{ is_ascii('cast(null as string)') }}", None),
    Case("has_other_than", "{{ has_other_than(\"'a b'\", '_a-z') }}", "true", "boolean"),
    Case("has_other_than_not", "{{ has_other_than(\"'a_b'\", '_a-z') }}", "false"),
    Case("has_other_than_minus", "{{ has_other_than(\"'1-2'\", '0-9-') }}", "false"),
    Case("has_other_than_beyond_ascii", "{{ has_other_than(\"'é'\", ' -~') }}", "true"),
    Case("has_other_than_line_feed", "{{ has_other_than(\"'a\nb'\", ' -~') }}", "true"),
    Case("has_other_than_brackets", "{{ has_other_than(\"'[*?]^'\", '!-~') }}", "false"),
    Case("has_other_than_empty", "{{ has_other_than(\"''\", 'a-z') }}", "false"),
    Case("has_other_than_null", "{{ has_other_than('cast(null as string)', 'a-z') }}", None),
    Case("has_run_of", "{{ has_run_of(\"'x12-3y'\", '0-9-', 4) }}", "true", "boolean"),
    Case("has_run_of_less", "{{ has_run_of(\"'x12-3y'\", '0-9-', 5) }}", "false"),
    Case("has_run_of_null", "{{ has_run_of('cast(null as string)', '0-9', 2) }}", None),
    Case("fold_width_signs", "{{ fold_width(\"'＇＂＼！＠～'\") }}", "'\"\\!@~"),
    Case("fold_width_letters", "{{ fold_width(\"'Ａｚ０９－．，：￥￡'\") }}", "Az09-.,:¥£"),
    Case("fold_width_spaces", "{{ fold_width(\"'a\u3000b\u00a0c\u2009d'\") }}", "a b c d"),
    Case("fold_width_keeps_others", "{{ fold_width(\"'年é①ｶ'\") }}", "年é①ｶ"),
    Case("fold_width_null", "{{ fold_width('cast(null as string)') }}", None),
    Case("sha256_hex", "{{ sha256_hex(\"'abc'\") }}",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    Case("sha256_hex_unicode", "{{ sha256_hex(\"'é'\") }}",
         "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"),
    Case("sha256_hex_null", "{{ sha256_hex('cast(null as string)') }}", None),
    Case("hash_60bit", "{{ hash_60bit(\"'abc'\") }}", "648541476951500027", "bigint"),
    Case("hash_60bit_null", "{{ hash_60bit('cast(null as string)') }}", None),
    Case("concat_ws_skips_null", "concat_ws('-', 'a', null, 'b')", "a-b"),
]

SHANGHAI = "Asia/Shanghai"
NEW_YORK = "America/New_York"


def timestamp_case(name: str, text: str, expected: str | None, zone: str = "UTC") -> Case:
    """A case of parse_timestamp_utc; a bare text becomes a literal."""
    return Case(
        f"parse_timestamp_{name}", f"{{{{ parse_timestamp_utc(\"'{text}'\", '{zone}') }}}}", expected
    )


def date_case(name: str, text: str, expected: str | None) -> Case:
    """A case of parse_date."""
    return Case(f"parse_date_{name}", f"{{{{ parse_date(\"'{text}'\") }}}}", expected)


DATE_CASES = [
    Case("number_series",
         "select concat_ws(' ', count(*), min(n), max(n)) from {{ number_series(1, 250) }} as s",
         "250 1 250"),
    Case("number_series_one", "select count(*) from {{ number_series(5, 5) }} as s", "1"),
    Case("number_series_empty", "select count(*) from {{ number_series(5, 4) }} as s", "0"),
    Case("number_series_subquery",
         f"select count(*) from {{{{ number_series(1, '(select max(id) from {VISITS.replace(chr(10), ' ').replace(chr(39), chr(92) + chr(39))})') }}}} as s",
         "4"),
    Case("number_series_type", "select max(n) from {{ number_series(1, 3, 'n') }} as s", "3",
         "bigint"),
    Case("number_array_by_row",
         f"select count(*) from {VISITS} {{{{ explode_array(number_array(2, 'visits.id'), 's', 'n') }}}}",
         "6"),
    Case("dates_between",
         "select concat_ws(' ', count(*), min(date_day), max(date_day))"
         " from {{ dates_between(\"date '2024-02-27'\", \"date '2024-03-01'\") }} as s",
         "4 2024-02-27 2024-03-01"),
    Case("dates_between_type",
         "select max(d) from {{ dates_between(\"date '2024-02-27'\", \"date '2024-03-01'\", 'd') }} as s",
         "2024-03-01", "date"),
    Case("dates_between_empty",
         "select count(*) from {{ dates_between(\"date '2024-03-02'\", \"date '2024-03-01'\") }} as s",
         "0"),
    Case("date_array_by_row",
         f"select count(*) from {VISITS} {{{{ explode_array(date_array('visits.day', \"date '2024-03-01'\"), 's', 'd') }}}}",
         "34"),
    Case("days_between_over_midnight",
         "{{ days_between(\"timestamp '2024-01-31 23:59:59'\", \"timestamp '2024-02-01 00:00:00'\") }}",
         "1", "bigint"),
    Case("days_between_negative",
         "{{ days_between(\"date '2024-03-01'\", \"date '2024-02-28'\") }}", "-2"),
    Case("days_between_null",
         "{{ days_between('cast(null as date)', \"date '2024-02-28'\") }}", None),
    Case("months_between",
         "{{ months_between_dates(\"date '2023-12-31'\", \"timestamp '2024-02-01 10:00:00'\") }}",
         "2", "bigint"),
    Case("months_between_negative",
         "{{ months_between_dates(\"date '2024-02-01'\", \"date '2024-01-31'\") }}", "-1"),
    Case("seconds_between",
         "{{ seconds_between(\"timestamp '2024-01-31 23:30:00.25'\", \"timestamp '2024-02-01 00:00:00'\") }}",
         1799.75, "double"),
    Case("seconds_between_negative",
         "{{ seconds_between(\"date '2024-01-02'\", \"date '2024-01-01'\") }}", -86400.0),
    Case("add_days", "{{ add_days(\"date '2024-02-28'\", 2) }}", "2024-03-01", "date"),
    Case("add_days_negative", "{{ add_days(\"timestamp '2024-03-01 10:00:00'\", '-1') }}",
         "2024-02-29"),
    Case("add_months_short_month", "{{ add_months_to(\"date '2024-01-31'\", 1) }}", "2024-02-29",
         "date"),
    Case("add_months_leap_year", "{{ add_months_to(\"date '2024-02-29'\", 12) }}", "2025-02-28"),
    Case("add_months_keeps_day", "{{ add_months_to(\"date '2024-02-29'\", 1) }}", "2024-03-29"),
    Case("add_months_negative", "{{ add_months_to(\"date '2024-03-31'\", -1) }}", "2024-02-29"),
    Case("iso_day_of_week_monday", "{{ iso_day_of_week(\"date '2024-01-01'\") }}", "1", "int"),
    Case("iso_day_of_week_sunday", "{{ iso_day_of_week(\"timestamp '2024-01-07 23:00:00'\") }}", "7"),
    Case("date_trunc_week", "{{ date_trunc_to('week', \"date '2024-01-07'\") }}", "2024-01-01",
         "date"),
    Case("date_trunc_quarter", "{{ date_trunc_to('quarter', \"timestamp '2024-06-30 10:00:00'\") }}",
         "2024-04-01"),
    Case("date_trunc_year", "{{ date_trunc_to('year', \"date '2024-06-30'\") }}", "2024-01-01"),
    Case("year_month", "{{ year_month(\"timestamp '2024-03-31 23:59:59'\") }}", "2024-03"),
    Case("epoch_seconds", "{{ epoch_seconds(\"timestamp '2024-01-01 00:00:00.9'\") }}",
         "1704067200", "bigint"),
    Case("epoch_seconds_before_1970", "{{ epoch_seconds(\"timestamp '1969-12-31 23:59:59.5'\") }}",
         "-1"),
    Case("epoch_micros", "{{ epoch_micros(\"timestamp '1969-12-31 23:59:59.5'\") }}", "-500000",
         "bigint"),
    Case("epoch_micros_of_date", "{{ epoch_micros(\"date '1970-01-02'\") }}", "86400000000"),
    Case("timestamp_of_micros", "{{ timestamp_of_micros('cast(1736503200250000 as bigint)') }}",
         "2025-01-10 10:00:00.25", "timestamp"),
    Case("timestamp_of_micros_before_1970", "{{ timestamp_of_micros('cast(-500000 as bigint)') }}",
         "1969-12-31 23:59:59.5"),
    Case("timestamp_of_micros_beyond_9999",
         "{{ timestamp_of_micros('cast(253402300800000000 as bigint)') }}", None),
    Case("timestamp_of_micros_null", "{{ timestamp_of_micros('cast(null as bigint)') }}", None),
    Case("to_utc", f"{{{{ to_utc(\"timestamp '2024-01-01 10:00:00'\", '{SHANGHAI}') }}}}",
         "2024-01-01 02:00:00", "timestamp"),
    Case("to_utc_gap", f"{{{{ to_utc(\"timestamp '2024-03-10 02:30:00'\", '{NEW_YORK}') }}}}",
         "2024-03-10 07:30:00"),
    Case("to_utc_twice_is_later",
         f"{{{{ to_utc(\"timestamp '2024-11-03 01:30:00'\", '{NEW_YORK}') }}}}",
         "2024-11-03 06:30:00"),
    Case("to_utc_before_twice",
         f"{{{{ to_utc(\"timestamp '2024-11-03 00:59:59'\", '{NEW_YORK}') }}}}",
         "2024-11-03 04:59:59"),
    Case("to_utc_after_twice",
         f"{{{{ to_utc(\"timestamp '2024-11-03 02:00:00'\", '{NEW_YORK}') }}}}",
         "2024-11-03 07:00:00"),
    Case("to_utc_in_utc", "{{ to_utc(\"timestamp '2024-01-01 10:00:00'\", 'UTC') }}",
         "2024-01-01 10:00:00"),
    Case("to_utc_null", f"{{{{ to_utc('cast(null as timestamp)', '{SHANGHAI}') }}}}", None),
    Case("from_utc", f"{{{{ from_utc(\"timestamp '2024-01-01 20:00:00'\", '{SHANGHAI}') }}}}",
         "2024-01-02 04:00:00", "timestamp"),
    Case("from_utc_summer", f"{{{{ from_utc(\"timestamp '2024-07-01 12:00:00'\", '{NEW_YORK}') }}}}",
         "2024-07-01 08:00:00"),
    timestamp_case("date_only", "2024-01-31", "2024-01-31 00:00:00"),
    timestamp_case("minutes", "2024-01-31 10:05", "2024-01-31 10:05:00"),
    timestamp_case("t_and_z", "2024-01-31T10:05:07Z", "2024-01-31 10:05:07"),
    timestamp_case("minutes_z", "2024-01-31T10:05Z", "2024-01-31 10:05:00"),
    timestamp_case("fraction", "2024-01-31T10:05:07.25Z", "2024-01-31 10:05:07.25"),
    timestamp_case("nanoseconds_are_cut", "2024-01-31T10:05:07.123456999",
                   "2024-01-31 10:05:07.123456"),
    timestamp_case("comma", "2024-01-31T10:05:07,5+01:00", "2024-01-31 09:05:07.5"),
    timestamp_case("offset_colon", "2024-01-01 10:00:00+08:00", "2024-01-01 02:00:00"),
    timestamp_case("offset_basic", "2024-01-01T10:00:00-0530", "2024-01-01 15:30:00"),
    timestamp_case("offset_hours", "2024-01-01T10:00+08", "2024-01-01 02:00:00"),
    timestamp_case("offset_after_space", "2024-01-01 10:00:00 +0800", "2024-01-01 02:00:00"),
    timestamp_case("offset_minus_zero", "2024-01-01 10:00:00-00:30", "2024-01-01 10:30:00"),
    timestamp_case("offset_wins_over_zone", "2024-01-01T10:00:00+01:00", "2024-01-01 09:00:00",
                   SHANGHAI),
    timestamp_case("z_wins_over_zone", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00", SHANGHAI),
    timestamp_case("in_zone", "2024-01-01 10:00:00", "2024-01-01 02:00:00", SHANGHAI),
    timestamp_case("date_in_zone", "2024-01-01", "2023-12-31 16:00:00", SHANGHAI),
    timestamp_case("twice_in_zone", "2024-11-03 01:30:00", "2024-11-03 06:30:00", NEW_YORK),
    timestamp_case("leap_day", "2024-02-29 00:00", "2024-02-29 00:00:00"),
    timestamp_case("no_leap_day", "2023-02-29 00:00", None),
    timestamp_case("impossible_day", "2024-02-30", None),
    timestamp_case("impossible_day_with_offset", "2024-02-30T10:00:00+01:00", None),
    timestamp_case("hour_24", "2024-01-31 24:00:00", None),
    timestamp_case("second_60", "2024-01-31 23:59:60", None),
    timestamp_case("minute_60", "2024-01-31 10:60", None),
    timestamp_case("month_13", "2024-13-01", None),
    timestamp_case("short_parts", "2024-1-5", None),
    timestamp_case("hour_only", "2024-01-05 10", None),
    timestamp_case("slashes", "2024/01/05", None),
    timestamp_case("epoch_word", "epoch", None),
    timestamp_case("infinity_word", "infinity", None),
    timestamp_case("now_word", "now", None),
    timestamp_case("number", "1704067200", None),
    timestamp_case("empty", "", None),
    timestamp_case("space_in_front", " 2024-01-31", None),
    timestamp_case("text_behind", "2024-01-31 10:00:00 x", None),
    timestamp_case("zone_name", "2024-01-31 10:00:00 Europe/Berlin", None),
    timestamp_case("offset_too_large", "2024-01-31 10:00:00+15:00", None),
    timestamp_case("offset_without_time", "2024-01-31+01:00", None),
    timestamp_case("year_zero", "0000-01-01", None),
    timestamp_case("year_one", "0001-01-01 00:00:00", "0001-01-01 00:00:00"),
    timestamp_case("year_9999", "9999-12-31T23:59:59Z", "9999-12-31 23:59:59"),
    Case("parse_timestamp_line_feed",
         "{{ parse_timestamp_utc(\"concat('2024-01-31', chr(10))\", 'UTC') }}", None),
    Case("parse_timestamp_null", "{{ parse_timestamp_utc('cast(null as string)', 'UTC') }}", None,
         "timestamp"),
    date_case("plain", "2024-02-29", "2024-02-29"),
    date_case("midnight", "2024-02-29T00:00:00Z", "2024-02-29"),
    date_case("midnight_offset", "2024-02-29 00:00:00.000+08:00", "2024-02-29"),
    date_case("midnight_minutes", "2024-02-29 00:00", "2024-02-29"),
    date_case("time_of_day", "2024-02-29 10:00:00", None),
    date_case("impossible", "2023-02-29", None),
    date_case("short_parts", "2024-2-9", None),
    date_case("word", "today", None),
    date_case("empty", "", None),
    Case("parse_date_type", "{{ parse_date(\"'2024-01-01'\") }}", "2024-01-01", "date"),
    Case("parse_date_null", "{{ parse_date('cast(null as string)') }}", None),
]

NUMBER_CASES = [
    Case("safe_divide", "{{ safe_divide(1, 4) }}", 0.25, "double"),
    Case("safe_divide_zero", "{{ safe_divide(1, 0) }}", None),
    Case("safe_divide_null", "{{ safe_divide('cast(null as int)', 2) }}", None),
    Case("safe_divide_decimal",
         "{{ safe_divide('cast(35 as decimal(18, 4))', 'cast(4 as decimal(18, 4))') }}", 8.75),
    Case("safe_divide_terms", "{{ safe_divide('3 - 1', '2 + 2') }}", 0.5),
    Case("floor_divide", "{{ floor_divide(7, 2) }}", "3", "bigint"),
    Case("floor_divide_negative", "{{ floor_divide(-7, 2) }}", "-4"),
    Case("floor_divide_exact", "{{ floor_divide(-6, 2) }}", "-3"),
    Case("floor_divide_microseconds",
         "{{ floor_divide('cast(1704067199999999 as bigint)', 1000000) }}", "1704067199"),
    Case("floor_divide_zero", "{{ floor_divide(7, 0) }}", None),
    Case("grouped_number", "{{ grouped_number('1234567.5e0') }}", "1,234,568"),
    Case("grouped_number_places", "{{ grouped_number('cast(-1234.5 as decimal(18, 2))', 2) }}", "-1,234.50"),
    Case("grouped_number_small", "{{ grouped_number('999') }}", "999"),
    Case("grouped_number_null", "{{ grouped_number('cast(null as double)') }}", None),
    Case("to_decimal", "{{ as_text(to_decimal('2.345678e0')) }}", "2.35"),
    Case("to_decimal_half_below", "{{ as_text(to_decimal('283.025e0')) }}", "283.02"),
    Case("to_decimal_negative", "{{ as_text(to_decimal('-2.25e0', 1)) }}", "-2.3"),
    Case("to_decimal_null", "{{ to_decimal('cast(null as double)') }}", None),
    Case("truncate_positive", "{{ truncate_number('2.7e0') }}", "2", "bigint"),
    Case("truncate_half", "{{ truncate_number('cast(2.5 as decimal(4, 1))') }}", "2"),
    Case("truncate_negative", "{{ truncate_number('-2.7e0') }}", "-2"),
    Case("truncate_null", "{{ truncate_number('cast(null as double)') }}", None),
    Case("safe_ln", "{{ safe_ln(1) }}", 0.0, "double"),
    Case("safe_ln_decimal", "{{ safe_ln('cast(7.389056 as decimal(10, 6))') }}", 1.9999999866111924),
    Case("safe_ln_zero", "{{ safe_ln('0e0') }}", None),
    Case("safe_ln_negative", "{{ safe_ln('-1') }}", None),
    Case("round_significant", "{{ round_significant('1234567.8e0') }}", 1234570.0, "double"),
    Case("round_significant_small", "{{ round_significant('0.00012345678e0') }}", 0.000123457),
    Case("round_significant_negative", "{{ round_significant('-2.5e0', 1) }}", -3.0),
    Case("round_significant_power_of_ten", "{{ round_significant('1000e0') }}", 1000.0),
    Case("round_significant_below_power_of_ten", "{{ round_significant('999999.9e0') }}", 1000000.0),
    Case("round_significant_zero", "{{ round_significant('0') }}", 0.0),
    Case("round_significant_null", "{{ round_significant('cast(null as double)') }}", None),
    Case("greatest_skips_null", "greatest(1, null, 3)", "3"),
    Case("least_skips_null", "least(null, 2)", "2"),
]

STATISTICS_CASES = [
    Case("approx_quantile_of",
         "select round({{ approx_quantile_of('n', 0.5) }}) between 49 and 52"
         " from {{ number_series(1, 100) }} as s", "true"),
    Case("correlation_of",
         "select {{ correlation_of('n', '-2 * n') }} from {{ number_series(1, 9) }} as s", -1.0,
         "double"),
    Case("correlation_of_constant",
         "select {{ correlation_of('n', '1') }} from {{ number_series(1, 9) }} as s", None),
    Case("correlation_of_one_row",
         "select {{ correlation_of('n', 'n') }} from {{ number_series(1, 1) }} as s", None),
    Case("correlation_of_nothing",
         "select {{ correlation_of('n', 'n') }} from {{ number_series(1, 0) }} as s", None),
    Case("correlation_of_pairs_with_null",
         f"select {{{{ correlation_of('id', 'amount') }}}} from {VISITS} where id < 4", -1.0),
    Case("count_distinct_over",
         f"select max(n) from (select {{{{ count_distinct_over('amount', 'grp') }}}} as n from {VISITS}) as t",
         "1", "bigint"),
    Case("last_known",
         "select {{ ordered_string_agg(\"coalesce(cast(known as string), '-')\", ' ', 'id') }} from"
         " (select id, {{ last_known('amount_id', \"'all'\", 'id') }} as known from"
         f" (select id, case when amount > 5 or id = 3 then id end as amount_id from {VISITS}) as t"
         ") as u", "1 1 3 3"),
    Case("log_gamma_small", "{{ log_gamma('0.1e0') }}", 2.252712651734206),
    Case("log_gamma_half", "{{ log_gamma('5.5e0') }}", 3.957813967618717),
    Case("log_gamma_one", "{{ log_gamma('1') }}", 0.0),
    Case("log_gamma_large", "{{ log_gamma('1e6') }}", 12815504.569147611),
    Case("log_gamma_zero", "{{ log_gamma('0') }}", None),
    Case("log_gamma_negative", "{{ log_gamma('-1.5e0') }}", None),
    Case("log_gamma_null", "{{ log_gamma('cast(null as double)') }}", None, "double"),
    Case("normal_cdf_zero", "{{ normal_cdf('0') }}", 0.5, "double"),
    Case("normal_cdf_quantile", "{{ normal_cdf('1.959963984540054e0') }}", 0.975),
    Case("normal_cdf_negative", "{{ normal_cdf('-1e0') }}", 0.15865525393145707),
    Case("normal_cdf_tail", "{{ normal_cdf('-4e0') }}", 3.167124183311986e-05),
    Case("normal_cdf_far", "{{ normal_cdf('40') }}", 1.0),
    Case("normal_cdf_far_negative", "{{ normal_cdf('-40') }}", 0.0),
    Case("normal_cdf_null", "{{ normal_cdf('cast(null as double)') }}", None),
]

JOIN_CASES = [
    Case("as_of_left_join", as_of("columns={'price': 'cost', 'label': 'label'}"),
         "1:-:- 2:5:five 3:6:- 4:-:- 5:-:- 6:-:-"),
    Case("as_of_left_join_strict", as_of("columns={'price': 'cost', 'label': 'label'}, strict=true"),
         "1:-:- 2:-:- 3:6:- 4:-:- 5:-:- 6:-:-"),
]

CASES = [
    *ENGINE_CASES, *ARRAY_CASES, *TEXT_CASES, *DATE_CASES, *NUMBER_CASES, *STATISTICS_CASES,
    *JOIN_CASES,
]
