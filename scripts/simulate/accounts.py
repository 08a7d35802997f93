"""Accounts and their identifiers: what each system believes about a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as vocab
from .frame import MISSING, Frame, days, seconds, words
from .people import People, device_numbers
from .settings import DAY, Settings

ID_PREFIX = [
    "W",
    "A",
    "M",
    "C",
    "C",
]  # pos and crm count alike: the same id in two systems, two accounts
ACCOUNT_STRIDE = 20_000
PLACEHOLDER_PHONES = ["13800000000", "13888888888", "00000000000"]
PHONE_PREFIXES = [
    133,
    135,
    136,
    137,
    139,
    150,
    151,
    152,
    158,
    159,
    177,
    182,
    183,
    186,
    187,
    188,
    189,
]


@dataclass
class Accounts:
    """Arrays by account; `of_person[person, system]` is a position or -1."""

    person: np.ndarray
    system: np.ndarray
    ids: np.ndarray  # account_id as text
    registered_at: np.ndarray
    of_person: np.ndarray
    devices: np.ndarray  # people x (phone, laptop, tablet)
    emails: np.ndarray  # per person, as written at a guest checkout
    phones: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def at(self, person: np.ndarray, system: np.ndarray, when: np.ndarray) -> np.ndarray:
        """The account a person has in a system at a time, or -1."""
        known = system < self.of_person.shape[1]
        found = np.where(known, self.of_person[person, np.where(known, system, 0)], -1)
        return np.where((found >= 0) & (self.registered_at[found] <= when), found, -1)

    def any_at(self, person: np.ndarray, when: np.ndarray) -> np.ndarray:
        """Some account of the person at a time: app first, then the others, or -1."""
        result = np.full(len(person), -1)
        for system in (4, 3, 0, 2, 1):
            found = self.at(person, np.full(len(person), system), when)
            result = np.where(found >= 0, found, result)
        return result

    def names(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """source_system and account_id at these positions; null where -1."""
        return {
            "source_system": words(vocab.SYSTEMS, np.where(index >= 0, self.system[index], -1)),
            "account_id": words(self.ids, index),
        }


def phone_number(index: int) -> str:
    """A mobile number for every index up to 100 million, each number once."""
    prefix = PHONE_PREFIXES[(index * 31 + 7) % len(PHONE_PREFIXES)]
    return f"{prefix}{(index * 48271 + 40_503_017) % 100_000_000:08d}"


def email_address(family: int, given: int, number: int, variant: int) -> str:
    """An address in an example domain; `variant` makes a second address of the same person."""
    tail = (number * 104_729 + 7_001) % 10_000_000
    domain = vocab.MAIL_DOMAINS[(number + variant) % len(vocab.MAIL_DOMAINS)]
    mark = "_" if variant else "."
    return f"{vocab.GIVEN_NAMES[given][1]}{mark}{vocab.FAMILY_NAMES[family][1]}{tail}@{domain}"


def mistyped(rng: np.random.Generator, value: str, first: int, last: int) -> str:
    """One slip of the finger between two positions: a swap, a doubled or a wrong character."""
    at = int(rng.integers(first, last - 1))
    if value[at] != value[at + 1] and rng.random() < 0.6:
        return value[:at] + value[at + 1] + value[at] + value[at + 2 :]
    wrong = str((int(value[at]) + 1) % 10) if value[at].isdigit() else value[at] + value[at]
    return value[:at] + wrong + value[at + 1 :]


def reformatted(rng: np.random.Generator, value: str) -> str:
    """The same e-mail or phone, written in another valid way."""
    form = int(rng.integers(0, 4))
    if "@" in value:
        return [value.upper(), value.title(), value.capitalize(), " " + value][form]
    spaced = f"{value[:3]} {value[3:7]} {value[7:]}"
    return ["+86 " + spaced, "+86" + value, spaced.replace(" ", "-"), "0086" + value][form]


def make_accounts(
    settings: Settings, people: People, block: int
) -> tuple[Accounts, dict[str, Frame], dict[str, Frame]]:
    """The accounts of a block, their raw table and the truth about them and about devices.

    Where people have accounts they also buy: their channel weights are bent that way.
    """
    rng = settings.stream(block, "accounts")
    person, system, registered = _who_registers_where(rng, settings, people)
    order = rng.permutation(len(person))
    person, system, registered = person[order], system[order], registered[order]
    ids = _account_ids(system, block)
    devices = device_numbers(settings, people, block)
    of_person = np.full((len(people), 5), -1)
    for position in np.argsort(-registered, kind="stable"):  # the earliest wins
        of_person[person[position], system[position]] = position
    # without an account the app and the mini program are hardly of use, the web shop less
    people.channel_weights[:, :3] *= np.where(of_person[:, :3] >= 0, 1.0, [0.45, 0.08, 0.10])
    people.channel_weights[:, 4:] *= 0.7
    people.channel_weights /= people.channel_weights.sum(axis=1, keepdims=True)
    details, truth = _identifiers(rng, settings, people, devices, person, system, registered)
    frame, half = _account_frame(rng, settings, people, person, system, registered, ids, details)
    accounts = Accounts(
        person=person,
        system=system,
        ids=ids,
        registered_at=registered,
        of_person=of_person,
        devices=devices,
        emails=truth.pop("own_email"),
        phones=truth.pop("own_phone"),
    )
    truth_accounts = Frame(
        {
            "source_system": words(vocab.SYSTEMS, system),
            "account_id": ids,
            "person_id": people.number[person] + 1,
            **truth,
            "is_half_filled": half,
        }
    )
    owner, kind = np.nonzero(devices != MISSING)
    truth_devices = Frame(
        {
            "device_id": words([f"D{n}" for n in devices[owner, kind]], np.arange(len(owner))),
            "person_id": people.number[owner] + 1,
            "device_kind": words(["phone", "laptop", "family_tablet"], kind),
        }
    )
    return accounts, {"accounts": frame}, {"accounts": truth_accounts, "devices": truth_devices}


def _who_registers_where(
    rng: np.random.Generator, settings: Settings, people: People
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(person, system, time): the first account at acquisition, further ones later."""
    rates = settings.rates["identity"]
    count = len(people)
    further = rng.random((count, 4)) < rates["second_account"]
    total = 1 + np.cumprod(further, axis=1).sum(axis=1)
    is_guest = rng.random(count) < rates["guest_only_share"]
    is_guest[people.number == 0] = False
    total[is_guest] = 0
    weights = np.column_stack([people.channel_weights[:, :4] + 0.03, np.full(count, 0.12)])
    ranking = np.argsort(-(np.log(weights) + rng.gumbel(0, 1, weights.shape)), axis=1)
    chosen = np.arange(5)[None, :] < total[:, None]
    person, place = np.nonzero(chosen)
    system = ranking[person, place]
    registered = people.acquired_at[person] + np.where(
        place == 0,
        0,
        (rng.random(len(person)) ** 2 * (settings.end - people.acquired_at[person])).astype(
            np.int64
        ),
    )
    again = np.flatnonzero(rng.random(len(person)) < 0.02)  # forgot the password, registered anew
    later = registered[again] + (
        rng.random(len(again)) * (settings.end - registered[again])
    ).astype(np.int64)
    person = np.concatenate([person, person[again]])
    system = np.concatenate([system, system[again]])
    return person, system, np.concatenate([registered, later])


def _account_ids(system: np.ndarray, block: int) -> np.ndarray:
    ids = np.empty(len(system), dtype=object)
    for code, prefix in enumerate(ID_PREFIX):
        rows = np.flatnonzero(system == code)
        ids[rows] = [f"{prefix}{block * ACCOUNT_STRIDE + n + 1}" for n in range(len(rows))]
    return ids


def _identifiers(
    rng: np.random.Generator,
    settings: Settings,
    people: People,
    devices: np.ndarray,
    person: np.ndarray,
    system: np.ndarray,
    registered: np.ndarray,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Identifiers of each account as the systems hold them, and what is wrong with them."""
    rates = settings.rates["identity"]
    count, accounts = len(people), len(person)
    number = people.number
    # phones: index of the number each person uses now and used before
    household = people.household
    now, before = number * 4, number * 4
    pairs = int(count * rates["recycled_phone_share"] / 2)
    some = rng.permutation(count)[: 2 * pairs]
    giver, receiver = some[:pairs], some[pairs:]
    now[giver] = number[giver] * 4 + 1
    now[receiver] = before[receiver] = number[giver] * 4
    block_base = number[0] * 4 if count else 0
    family_phone = np.where(people.shares_phone, block_base + household * 4 + 2, now)
    is_first = registered == people.acquired_at[person]
    phone_index = np.where(is_first, before[person], now[person])
    uses_family = people.shares_phone[person] & (rng.random(accounts) < 0.75)
    phone_index = np.where(uses_family, family_phone[person], phone_index)
    recycled = np.zeros(count, bool)
    recycled[some] = True

    own_email = [
        email_address(f, g, n, 0)
        for f, g, n in zip(people.family, people.given, number, strict=True)
    ]
    own_phone = [phone_number(int(n)) for n in now]
    household_email = {
        int(h): own_email[i] for i, h in reversed(list(enumerate(household))) if h >= 0
    }

    # columns: web_shop, app, mini_program, pos, crm
    present = {
        "email": np.array([0.96, 0.50, 0.05, 0.15, 0.75])[system],
        "phone": np.array([0.82, 0.95, 0.82, 0.90, 0.85])[system],
        "loyalty_card_no": np.array([0.05, 0.25, 0.15, 0.92, 0.50])[system],
        "social_id": np.array([0.06, 0.30, 0.96, 0.02, 0.10])[system],
        "device_id": np.array([0.05, 0.75, 0.50, 0.0, 0.0])[system],
    }
    none = rng.random(accounts) < rates["no_identifier_share"]
    has = {
        name: (rng.random(accounts) < p * (1 - rates["identifier_missing"])) & ~none
        for name, p in present.items()
    }
    placeholder = (system == 3) & (rng.random(accounts) < rates["placeholder_phone_share"]) & ~none
    has["phone"] |= placeholder
    second_email = rng.random(accounts) < 0.10
    family_email = people.shares_email[person] & (rng.random(accounts) < 0.6)
    on_tablet = people.shares_tablet[person] & (rng.random(accounts) < 0.35)
    slips = rng.random((accounts, 2)) < rates["typo_probability"]
    other_form = rng.random((accounts, 2)) < rates["formatting_probability"]

    values: dict[str, list[str | None]] = {name: [None] * accounts for name in has}
    typo = np.zeros(accounts, bool)
    for i in range(accounts):
        who = int(person[i])
        if has["email"][i]:
            if family_email[i]:
                email = household_email[int(household[who])]
            elif second_email[i]:
                email = email_address(people.family[who], people.given[who], int(number[who]), 1)
            else:
                email = own_email[who]
            if slips[i, 0]:
                email, typo[i] = mistyped(rng, email, 1, email.index("@") - 1), True
            values["email"][i] = reformatted(rng, email) if other_form[i, 0] else email
        if has["phone"][i]:
            phone = phone_number(int(phone_index[i]))
            if placeholder[i]:
                phone = PLACEHOLDER_PHONES[int(rng.integers(0, len(PLACEHOLDER_PHONES)))]
            elif slips[i, 1]:
                phone, typo[i] = mistyped(rng, phone, 3, 10), True
            values["phone"][i] = (
                reformatted(rng, phone) if other_form[i, 1] and not placeholder[i] else phone
            )
        if has["loyalty_card_no"][i]:
            values["loyalty_card_no"][i] = f"LC{(int(number[who]) * 7_919 + 31) % 100_000_000:08d}"
        if has["social_id"][i]:
            values["social_id"][i] = f"wx{(int(number[who]) * 2_654_435_761 + 97) % 2**32:08x}"
        if has["device_id"][i]:
            values["device_id"][i] = f"D{devices[who, 2 if on_tablet[i] else 0]}"
    details = {name: np.array(column, dtype=object) for name, column in values.items()}
    held = np.sum([has[name] for name in has], axis=0)
    truth = {
        "own_email": np.array(own_email, dtype=object),
        "own_phone": np.array(own_phone, dtype=object),
        "identifiers": held,
        "has_typo": typo,
        "has_family_phone": uses_family & has["phone"],
        "has_family_email": family_email & has["email"],
        "has_family_tablet": on_tablet & has["device_id"],
        "has_recycled_phone": recycled[person]
        & has["phone"]
        & ~uses_family
        & ~placeholder
        & np.isin(phone_index, before[giver]),
        "has_placeholder_phone": placeholder,
    }
    return details, truth


def _account_frame(
    rng: np.random.Generator,
    settings: Settings,
    people: People,
    person: np.ndarray,
    system: np.ndarray,
    registered: np.ndarray,
    ids: np.ndarray,
    details: dict[str, np.ndarray],
) -> tuple[Frame, np.ndarray]:
    """The raw table, names written in three ways, and which profiles are half filled."""
    rates = settings.rates["identity"]
    count = len(person)
    half = rng.random(count) < rates["half_filled_share"]

    def partly(codes: np.ndarray, share: float) -> np.ndarray:
        return np.where(half | (rng.random(count) > share), -1, codes)

    form = rng.integers(0, 3, count)
    names = []
    for who, style, skip in zip(person, form, half | (rng.random(count) < 0.1), strict=True):
        family, given = vocab.FAMILY_NAMES[people.family[who]], vocab.GIVEN_NAMES[people.given[who]]
        latin = f"{family[1].title()} {given[1].title()}"
        names.append(None if skip else [family[0] + given[0], latin, latin.upper()][style])
    home = people.abroad[person] < 0
    away = np.where(home, 0, people.abroad[person])
    countries = words([row[3] for row in vocab.ABROAD], np.where(home, -1, away))
    regions = np.where(
        home,
        words([r[0] for r in vocab.CITIES], people.city[person]),
        words([r[0] for r in vocab.ABROAD], away),
    )
    cities = np.where(
        home,
        words([r[1] for r in vocab.CITIES], people.city[person]),
        words([r[1] for r in vocab.ABROAD], away),
    )
    known_place = ~half & (rng.random(count) < 0.9)
    age_group = (people.birth_day[person] < -1000).astype(int)
    occupation = np.where(people.birth_day[person] < -2500, 4, people.number[person] % 7)
    income = np.clip((people.number[person] * 7 % 5) + age_group - 1, 0, 4)
    tier = np.clip(np.round(np.exp(people.log_rate[person]) - 0.6), 0, 3).astype(int)
    updated = registered + (rng.random(count) * (settings.end - registered)).astype(np.int64)
    updated = np.where(rng.random(count) < 0.4, updated, registered)
    loaded = np.maximum((updated // DAY + 1) * DAY + 7_500, settings.start + 7_500)
    preferred = np.where(
        rng.random(count) < 0.12, 5, np.array([0, 2, 3, 1, 4])[system] if count else system
    )
    frame = Frame(
        {
            "source_system": words(vocab.SYSTEMS, system),
            "account_id": ids,
            **details,
            "full_name": np.array(names, dtype=object),
            "gender": words(["female", "male", "unknown"], partly(people.gender[person], 0.8)),
            "birth_date": days(
                np.where(partly(system, 0.6) < 0, MISSING, people.birth_day[person])
            ),
            "country": np.where(known_place, np.where(home, "CN", countries), None),
            "region": np.where(known_place, regions, None),
            "city": np.where(known_place, cities, None),
            "occupation": words(vocab.OCCUPATIONS, partly(occupation, 0.45)),
            "education": words(vocab.EDUCATIONS, partly(people.number[person] * 13 % 4, 0.4)),
            "income_band": words(vocab.INCOME_BANDS, partly(income, 0.3)),
            "registration_channel": words(
                ["web", "app", "mini_program", "store", "phone"], partly(system, 0.95)
            ),
            "preferred_contact_channel": words(vocab.CONTACT_CHANNELS, partly(preferred, 0.7)),
            "member_tier": words(vocab.TIERS, np.where(np.isin(system, [0]), -1, tier)),
            "registered_at": seconds(registered),
            "updated_at": seconds(updated),
            "_loaded_at": seconds(loaded),
        }
    )
    return frame, half
