"""Phone numbers of every country, read as the library phonenumbers reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
import pytest
from engines import ROOT, SmallProject, connect_duckdb
from phonenumbers import PhoneNumberFormat as Format
from phonenumbers import PhoneNumberType as Type

from scripts import dialling_plans

KINDS = [Type.FIXED_LINE, Type.MOBILE, Type.TOLL_FREE, Type.VOIP, Type.PREMIUM_RATE, Type.PERSONAL_NUMBER]
COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
# at home mobile numbers of Argentina have a 15 where the international form has a 9 elsewhere
UNREAD = {("AR", Type.MOBILE)}


def examples(country: str) -> Iterator[phonenumbers.PhoneNumber]:
    """Valid numbers of a country: those of the library, and neighbours of them."""
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(country, kind)
        if number is None:
            continue
        yield number
        for step in range(1, 4):
            near = phonenumbers.PhoneNumber()
            near.merge_from(number)
            near.national_number = number.national_number + 37 * step
            if phonenumbers.is_valid_number_for_region(near, country):
                yield near


def spellings(country: str) -> Iterator[str]:
    """The ways in which these numbers are written at home and abroad."""
    dials_00 = re.fullmatch(phonenumbers.PhoneMetadata.metadata_for_region(country).international_prefix, "00")
    for number in examples(country):
        plain = phonenumbers.national_significant_number(number)
        e164 = phonenumbers.format_number(number, Format.E164)
        yield e164
        yield phonenumbers.format_number(number, Format.INTERNATIONAL)
        if dials_00:
            yield "00" + e164[1:]
        yield e164[1:]
        yield plain
        if (country, phonenumbers.number_type(number)) not in UNREAD:
            yield phonenumbers.format_number(number, Format.NATIONAL)
    # a foreign number as it is dialled from here
    yield phonenumbers.format_out_of_country_calling_number(phonenumbers.parse("+8613800138000"), country)


def e164(text: str, country: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(text, country), Format.E164)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of parse_phone by country, and of looks_personal with CN as default country."""
    project = SmallProject(tmp_path_factory.mktemp("phones"), ["cross_db", "cleaning", "governance"], "phones")
    project.write("dbt_project.yml", (project.folder / "dbt_project.yml").read_text("utf-8") + "\nvars: {default_country: CN, raw_data: other}\n")
    calls = [f"-- case {country}\n{{{{ parse_phone('phone', '{country}') }}}}" for country in COUNTRIES]
    project.write("analyses/cases.sql", "\n".join([*calls, "-- case personal\n{{ looks_personal('phone') }}", "-- case held\n{{ masked_if_personal('phone') }}"]))
    done = project.dbt("compile", "--no-populate-cache", "--no-introspect")
    assert done.returncode == 0, done.stdout
    text = (project.folder / "target/compiled/small/analyses/cases.sql").read_text("utf-8")
    return dict(re.findall(r"-- case (\w+)\n(.*?)(?=\n-- case |\Z)", text, flags=re.DOTALL))


def values(sql: str, texts: list[str]) -> dict[str, object]:
    """What an expression of the column `phone` gives for each text."""
    with connect_duckdb() as connection:
        query = f"select phone, {sql} from (select unnest(?) as phone) as phones"
        return dict(connection.execute(query, [texts]).fetchall())


def test_the_committed_plans_are_those_of_the_library() -> None:
    assert dialling_plans.TARGET.read_text("utf-8") == dialling_plans.render(), "run python -m scripts.dialling_plans"


def test_numbers_of_every_country_are_read_as_the_library_reads_them(rendered: dict[str, str]) -> None:
    wrong = {}
    count = 0
    for country in COUNTRIES:
        texts = sorted(set(spellings(country)))
        found = values(rendered[country], texts)
        wrong |= {(country, text): found[text] for text in texts if found[text] != e164(text, country)}
        count += len(texts)
    assert count > 20_000
    assert not wrong


def test_texts_that_are_no_phone_numbers_are_none(rendered: dict[str, str]) -> None:
    texts = ["", "tel", "123", "1.38E+10", "138-0013-800O", "+12", "000000", "13800138000@x.cn", "1380013800013800138000138"]
    assert set(values(rendered["CN"], texts).values()) == {None}


def test_keys_that_are_phone_numbers_or_addresses_are_known(rendered: dict[str, str]) -> None:
    """The calling code of the default country, here China, and the forms that name one."""
    personal = ["13800138000", "8613800138000", "+8613800138000", "008613800138000", "138-0013-8000", "010 62345678", "+44 20 7946 0958", "a@b.cn"]
    plain = ["O13800138000", "1", "1001", "20250110", "2025-01-10", "12345678901", "62345678", "2125551234", "13800138000-1x", ""]
    assert values(rendered["personal"], [*personal, *plain]) == {**dict.fromkeys(personal, True), **dict.fromkeys(plain, False)}


def test_texts_that_hold_them_are_masked(rendered: dict[str, str]) -> None:
    personal = ["Peter 13800138000", "peter@example.com wrote", "手机：138 0013 8000", "１３８００１３８０００", "tel+4420 7946 0958", "ｐ＠ｘ.cn", "on 2025-01-10 13800138000"]
    plain = ["Shanghai", "Café @ home", "Sale 2024-01-10 to 2024-02-10", "EAN 6901234567892", "No. 1001", "12345678901234567890"]
    found = values(rendered["held"], [*personal, *plain])
    assert {text: found[text] for text in personal} == dict.fromkeys(personal, "(personal)")
    assert {text: found[text] for text in plain} == {text: text for text in plain}
