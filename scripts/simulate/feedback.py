"""Tickets, surveys and reviews: scores follow known drivers, written down for every answer."""

from __future__ import annotations

import numpy as np

from . import vocabulary as vocab
from .accounts import Accounts
from .frame import MISSING, Frame, Ids, constant, seconds, words
from .orders import CANCELLED, COMPLETED, STORE, Lines, Orders, order_stride
from .people import People
from .settings import DAY, Settings
from .shops import Waits
from .world import World

TICKET_TYPES = ["question", "complaint", "return_request", "suggestion"]
TOPICS = ["delivery", "product", "payment", "points", "app"]
CONTACTS = ["phone", "chat", "email", "wechat", "store"]
THEMES = [row[0] for row in vocab.THEMES]
DRIVERS = [
    "delivery_delay",
    "resolution_time",
    "waiting_time",
    "return_hassle",
    "page_load",
    "discount_share",
    "order_value",
]


class Feedback:
    """Builds the three tables of one block; tickets first, for scores depend on them."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        people: People,
        accounts: Accounts,
        orders: Orders,
        lines: Lines,
        waits: Waits,
        hassle: np.ndarray,
        block: int,
    ) -> None:
        self.settings, self.world, self.people, self.accounts = settings, world, people, accounts
        self.orders, self.lines, self.waits, self.hassle = orders, lines, waits, hassle
        self.block = block
        self.rates = settings.rates["satisfaction"]
        self.stride = order_stride(settings)

    def frames(self) -> tuple[dict[str, Frame], dict[str, Frame]]:
        """All raw tables of feedback and the truth behind the scores."""
        tickets = self._tickets()
        drivers = self._order_drivers()
        surveys, causes = self._surveys(drivers)
        reviews, review_causes = self._reviews(drivers)
        causes = {"score_causes": _stacked(causes + [review_causes])}
        return {"service_tickets": tickets, "survey_responses": surveys, "reviews": reviews}, causes

    def _tickets(self) -> Frame:
        """Questions at random, complaints after late deliveries; the answer takes hours to days."""
        rng = self.settings.stream(self.block, "tickets")
        orders = self.orders
        chance = self.rates["ticket_share"] + 0.10 * np.minimum(orders.delay_days, 5)
        chance = np.where(orders.status == CANCELLED, 0.08, chance)
        rows = np.flatnonzero(rng.random(len(orders)) < chance)
        late = orders.delay_days[rows] > 0.5
        kind = np.where(
            late,
            rng.choice(4, len(rows), p=[0.15, 0.75, 0.08, 0.02]),
            rng.choice(4, len(rows), p=[0.5, 0.22, 0.2, 0.08]),
        )
        opened = orders.seen_end()[rows] + rng.integers(600, 3 * DAY, len(rows))
        seen = opened < self.settings.end
        rows, kind, opened, late = rows[seen], kind[seen], opened[seen], late[seen]
        topic = np.where(late, 0, rng.choice(5, len(rows), p=[0.15, 0.35, 0.2, 0.15, 0.15]))
        agent = rng.integers(0, 12, len(rows))
        first = rng.gamma(1.2, 3.0, len(rows)) + 0.1
        hours = first + rng.gamma(
            1.3, np.where(kind == 1, 30, 12) * (0.6 + 0.08 * agent), len(rows)
        )
        reopened = rng.poisson(np.where(kind == 1, 0.35, 0.08), len(rows))
        resolved = opened + (hours * 3600).astype(np.int64)
        answered = opened + (first * 3600).astype(np.int64)
        end = self.settings.end
        closed = resolved < end
        status = np.where(closed, 1, np.where(answered < end, 2, 0))
        self.ticket_order, self.ticket_kind, self.ticket_hours = rows, kind, hours
        self.ticket_resolved, self.ticket_reopened, self.ticket_closed = resolved, reopened, closed
        self.ticket_number = self.block * self.stride + 1 + np.arange(len(rows))
        # the longest complaint of each order
        self.order_hours = np.zeros(len(orders))
        mine = (kind == 1) & closed
        np.maximum.at(self.order_hours, rows[mine], hours[mine])
        account = self._account(rows, opened)
        self.ticket_account = account
        silent = rng.random(len(rows)) < 0.05
        last = np.where(closed, resolved, np.where(answered < end, answered, opened))
        return Frame(
            {
                "ticket_id": Ids("H", self.ticket_number),
                "opened_at": seconds(opened),
                "ticket_type": words(TICKET_TYPES, kind),
                **self.accounts.names(account),
                "order_id": orders.ids(np.where(silent, -1, rows)),
                "topic": words(TOPICS, topic),
                "channel": words(CONTACTS, rng.integers(0, 5, len(rows))),
                "agent_id": Ids("G", agent + 1),
                "status": words(["open", "closed", "pending"], status),
                "first_response_at": seconds(np.where(answered < end, answered, MISSING)),
                "resolved_at": seconds(np.where(closed, resolved, MISSING)),
                "reopened_count": reopened,
                "_loaded_at": seconds((last // DAY + 1) * DAY + 9_500),
            }
        )

    def _account(self, order: np.ndarray, at: np.ndarray) -> np.ndarray:
        used = self.orders.account[order]
        return np.where(used >= 0, used, self.accounts.any_at(self.orders.who[order], at))

    def _order_drivers(self) -> np.ndarray:
        """Orders x DRIVERS: points by which each driver moves the latent score."""
        orders = self.orders
        rng = self.settings.stream(self.block, "page load felt")
        waited = np.nan_to_num(self.waits.of_order) / 120
        share = orders.discount / np.maximum(orders.gross, 1)
        value = np.log1p(orders.net * orders.fx / 100) - 4
        slow = (rng.random(len(orders)) < 0.18) * (orders.channel < STORE)
        raw = {
            "delivery_delay": -np.minimum(orders.delay_days, 6),
            "resolution_time": -np.minimum(self.order_hours / 24, 5),
            "waiting_time": -np.minimum(waited, 5),
            "return_hassle": -np.minimum(self.hassle / 3, 5),
            "page_load": -1.0 * slow,
            "discount_share": share * 4,
            "order_value": value,
        }
        return np.column_stack([raw[name] * self.rates[name] for name in DRIVERS])

    def _latent(
        self, rng: np.random.Generator, rows: np.ndarray, drivers: np.ndarray
    ) -> np.ndarray:
        """Around zero for a happy customer, plus person and noise."""
        person = self.people.patience[self.orders.who[rows]] * self.rates["person_spread"]
        return drivers[rows].sum(axis=1) + person + rng.normal(0, self.rates["noise"], len(rows))

    def _theme(
        self, rng: np.random.Generator, rows: np.ndarray, drivers: np.ndarray, score: np.ndarray
    ) -> np.ndarray:
        """The complaint that fits the worst driver; praise and wishes where the score is high."""
        worst = np.argmin(drivers[rows, :4], axis=1) if len(rows) else np.zeros(0, int)
        moved = drivers[rows, :4].min(axis=1, initial=0) < -0.4
        bad = np.where(moved, np.array([0, 4, 3, 2])[worst], rng.choice([1, 2, 5], len(rows)))
        good = rng.choice([6, 7, 8, 9, 10], len(rows), p=[0.35, 0.2, 0.15, 0.2, 0.1])
        return np.where(score < -1.2, bad, good)

    def _texts(self, rng: np.random.Generator, theme: np.ndarray, share: float) -> np.ndarray:
        chinese = rng.random(len(theme)) < 0.6
        text = np.where(
            chinese,
            words([r[3] for r in vocab.THEMES], theme),
            words([r[2] for r in vocab.THEMES], theme),
        )
        return np.where(rng.random(len(theme)) < share, text, None)

    def _surveys(self, drivers: np.ndarray) -> tuple[Frame, list[Frame]]:
        """NPS after orders, CSAT and CES after tickets, research among members."""
        rng = self.settings.stream(self.block, "surveys")
        orders, end = self.orders, self.settings.end
        done = np.flatnonzero(
            (orders.status == COMPLETED) & (rng.random(len(orders)) < self.rates["nps_share"])
        )
        latent = self._latent(rng, done, drivers)
        parts = [
            self._answers(
                rng,
                "nps",
                done,
                -1,
                orders.seen_end()[done] + rng.integers(DAY, 8 * DAY, len(done)),
                np.clip(np.round(8.6 + 1.5 * latent), 0, 10),
                latent,
                drivers,
            )
        ]
        for name, share in (("csat", self.rates["csat_share"]), ("ces", self.rates["ces_share"])):
            tickets = np.flatnonzero(
                self.ticket_closed & (rng.random(len(self.ticket_order)) < share)
            )
            rows = self.ticket_order[tickets]
            own = -self.rates["resolution_time"] * np.minimum(self.ticket_hours[tickets] / 24, 5)
            again = -0.5 * self.ticket_reopened[tickets] * (1.6 if name == "ces" else 1.0)
            person = self.people.patience[orders.who[rows]] * self.rates["person_spread"] * 0.6
            latent = own + again + person + rng.normal(0, self.rates["noise"], len(rows))
            score = 4.5 + 0.75 * latent if name == "csat" else 5.9 + 1.1 * latent
            score = np.clip(np.round(score), 1, 5 if name == "csat" else 7)
            at = self.ticket_resolved[tickets] + rng.integers(1800, 2 * DAY, len(rows))
            parts.append(self._answers(rng, name, rows, tickets, at, score, latent, drivers, own))
        members = np.flatnonzero(
            (orders.status == COMPLETED)
            & (rng.random(len(orders)) < self.rates["research_share"] * 0.3)
        )
        at = orders.seen_end()[members] + rng.integers(5 * DAY, 60 * DAY, len(members))
        none = np.full(len(members), float(MISSING))
        parts.append(
            self._answers(rng, "research", members, -1, at, none, np.zeros(len(members)), drivers)
        )
        kept = [(frame.take(at < end), truth.take(at < end)) for frame, truth, at in parts]
        frame = _stacked([part[0] for part in kept])
        number = self.block * self.stride * 2 + 1 + np.arange(frame.rows)
        frame.columns["response_id"] = Ids("Q", number)
        truths, first = [], 0
        for part, truth in kept[:3]:
            truth.columns["response_id"] = Ids("Q", number[first : first + part.rows])
            truths.append(truth)
            first += part.rows
        return frame, truths

    def _answers(
        self,
        rng: np.random.Generator,
        survey: str,
        rows: np.ndarray,
        tickets: np.ndarray | int,
        at: np.ndarray,
        score: np.ndarray,
        latent: np.ndarray,
        drivers: np.ndarray,
        own_hours: np.ndarray | None = None,
    ) -> tuple[Frame, Frame, np.ndarray]:
        """The rows of one survey with the truth about them."""
        orders, count = self.orders, len(rows)
        by_ticket = own_hours is not None
        theme = self._theme(rng, rows, drivers, latent)
        if by_ticket:
            theme = np.where(
                latent < -1.0, THEMES.index("service_slow"), THEMES.index("helpful_staff")
            )
        said = rng.random(count) < 0.35
        ticket = self.ticket_number[tickets] if by_ticket else np.full(count, MISSING)
        account = self.ticket_account[tickets] if by_ticket else self._account(rows, at)
        research = survey == "research"
        question = {"nps": "recommend", "csat": "satisfied", "ces": "effort", "research": "why_us"}[
            survey
        ]
        answers = words(
            ["price", "quality", "close_by", "choice"], self.people.segment[orders.who[rows]] % 4
        )
        store = np.where(orders.channel[rows] == STORE, orders.store[rows] + 1, MISSING)
        frame = Frame(
            {
                "response_id": Ids("Q", np.zeros(count, np.int64)),
                "survey_type": constant(survey, count),
                "responded_at": seconds(at),
                "score": score.astype(np.int64),
                "question_id": constant(question, count),
                "answer": answers if research else constant(None, count),
                "ticket_id": Ids("H", ticket),
                **self.accounts.names(account),
                "order_id": orders.ids(np.where(research, -1, rows)),
                "store_id": Ids("S", np.where(research, MISSING, store)),
                "channel": words(
                    ["web", "app", "mini_program", "store", "phone", "marketplace"],
                    orders.channel[rows],
                ),
                "theme": words(THEMES, np.where(said & (not research), theme, -1)),
                "verbatim": self._texts(rng, np.where(said & (not research), theme, -1), 1.0),
                "_loaded_at": seconds((at // DAY + 1) * DAY + 9_900),
            }
        )
        parts = drivers[rows].copy()
        if by_ticket:
            parts[:] = 0
            parts[:, DRIVERS.index("resolution_time")] = own_hours
        truth = Frame(
            {
                "metric": constant(survey, count),
                "response_id": Ids("Q", np.zeros(count, np.int64)),
                "true_theme": words(THEMES, theme),
                **{name: np.round(parts[:, i], 2) for i, name in enumerate(DRIVERS[:5])},
                "latent": np.round(latent, 2),
            }
        )
        return frame, truth, at

    def _reviews(self, drivers: np.ndarray) -> tuple[Frame, Frame]:
        """Ratings of products: quality first, then how the order went."""
        rng = self.settings.stream(self.block, "reviews")
        orders = self.orders
        rows = np.flatnonzero(
            (orders.status == COMPLETED) & (rng.random(len(orders)) < self.rates["review_share"])
        )
        start = np.searchsorted(self.lines.order, rows)
        product = self.lines.product[start] if len(rows) else np.zeros(0, np.int64)
        quality = self.world.quality[product]
        latent = 0.6 * quality + 0.7 * self._latent(rng, rows, drivers)
        rating = np.clip(np.round(4.3 + latent), 1, 5).astype(np.int64)
        at = orders.seen_end()[rows] + rng.integers(DAY, 15 * DAY, len(rows))
        theme = self._theme(rng, rows, drivers, latent)
        keep = at < self.settings.end
        account = self._account(rows, at)
        number = self.block * self.stride + 1 + np.arange(len(rows))
        frame = Frame(
            {
                "review_id": Ids("Z", number),
                "rating": rating,
                "reviewed_at": seconds(at),
                **self.accounts.names(account),
                "order_id": orders.ids(rows),
                "product_id": Ids("P", product + 1),
                "review_text": self._texts(rng, theme, 0.7),
                "_loaded_at": seconds((at // DAY + 1) * DAY + 9_700),
            }
        )
        truth = Frame(
            {
                "metric": constant("review", len(rows)),
                "response_id": Ids("Z", number),
                "true_theme": words(THEMES, theme),
                **{name: np.round(0.7 * drivers[rows, i], 2) for i, name in enumerate(DRIVERS[:5])},
                "latent": np.round(latent, 2),
            }
        )
        return frame.take(keep), truth.take(keep)


def _stacked(frames: list[Frame]) -> Frame:
    """Frames of the same columns under each other; keys become text, their prefixes may differ."""
    columns = {}
    for name, column in frames[0].columns.items():
        parts = [frame.columns[name] for frame in frames]
        if isinstance(column, Ids) and len({part.prefix for part in parts}) > 1:
            parts = [
                words([f"{part.prefix}{n}" for n in part.numbers], np.arange(len(part.numbers)))
                for part in parts
            ]
            columns[name] = np.concatenate(parts)
        elif isinstance(column, Ids):
            columns[name] = Ids(column.prefix, np.concatenate([part.numbers for part in parts]))
        else:
            columns[name] = np.concatenate(parts)
    return Frame(columns)
