"""Logged actions with known effects: what the models of actions are held against.

A world is one table shaped as int_action_outcomes; every action in it is an experiment of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

SEGMENTS = ["(none)", "low", "medium", "high"]
SHARES = np.array([0.25, 0.35, 0.25, 0.15])
BASE_RATE = np.array([0.05, 0.15, 0.35, 0.8])  # orders in the window, without any action
# opposite signs: good for the best, a nuisance to the others (sleeping dogs)
MIXED = np.array([0.0, -0.08, 0.05, 0.35])
NONE = np.zeros(4)
SEASON = np.array([1.0, 1.0, 1.6, 0.7, 1.0, 1.3])  # of the six months, for everybody alike
HOLDOUT = 0.2


def experiment(
    rng: np.random.Generator, action: str, people: int, effects: np.ndarray, holdout: float = HOLDOUT, months: int = 6
) -> pd.DataFrame:
    """One action: people with rates of their own, season, effects by segment and by person, a random holdout."""
    segment = rng.choice(4, people, p=SHARES)
    habit = rng.gamma(4.0, 0.25, people)  # mean 1: what a person orders beside the segment's mean
    month = rng.integers(0, months, people)
    treated = rng.random(people) >= holdout
    # individual effects around the segment's, the mean kept
    effect = effects[segment] * rng.gamma(2.0, 0.5, people)
    rate = BASE_RATE[segment] * habit * SEASON[month]
    orders = rng.poisson(np.maximum(rate + np.maximum(effect, -rate) * treated, 0.0))
    before = rng.poisson(BASE_RATE[segment] * habit * 4)
    return pd.DataFrame(
        {
            "action_log_id": [f"{action}-{number}" for number in range(people)],
            "action": action,
            "customer_id": [f"{action}-p{number}" for number in range(people)],
            "segment": np.array(SEGMENTS)[segment],
            "acted_month": [f"2024-{number + 1:02d}" for number in month],
            "is_treated": treated,
            "is_contaminated": False,
            "has_other_action": rng.random(people) < 0.2,
            "selection_probability": 1.0,
            "holdout_share": holdout,
            "is_matured": True,
            "is_window_over": True,
            "is_first_in_month": True,
            "is_first": True,
            "cost": np.where(treated, 1.0, 0.0),
            "window_cost": np.where(treated, 1.5, 0.0),  # half of them were told twice
            "outcome_orders": orders,
            "outcome_value": orders * 20.0 * rng.gamma(4.0, 0.25, people),
            "window_orders": orders,
            "window_value": orders * 20.0,
            "pre_orders": before,
            "pre_value": before * 20.0,
            "acted_on": [np.datetime64(f"2024-{number + 1:02d}-10") for number in month],
            # a person's time within the month, in the order of the rows
            "acted_at": np.array([f"2024-{number + 1:02d}-10" for number in month], "datetime64[s]") + np.arange(people),
            "past_worth": BASE_RATE[segment] * 300 * habit,
            "true_effect": np.maximum(effect, -rate),
            "matures_on": [np.datetime64(f"2024-{number + 2:02d}-09") for number in month],
        }
    )


def true_effect(effects: np.ndarray) -> float:
    """Mean effect on orders over all people, from many of them: nobody orders less than nothing."""
    rng = np.random.default_rng(99)
    people = 2_000_000
    segment = rng.choice(4, people, p=SHARES)
    rate = BASE_RATE[segment] * rng.gamma(4.0, 0.25, people) * SEASON[rng.integers(0, 6, people)]
    return float(np.maximum(effects[segment] * rng.gamma(2.0, 0.5, people), -rate).mean())


def unlucky(rng: np.random.Generator, action: str, people: int) -> pd.DataFrame:
    """An experiment without effect whose holdout, of 300 possible ones, holds the most eager customers."""
    rows = experiment(rng, action, people, NONE)
    held = [rng.permutation(people)[: people // 5] for _ in range(300)]
    worst = max(held, key=lambda group: rows["pre_orders"].to_numpy()[group].mean())
    rows["is_treated"] = ~np.isin(np.arange(people), worst)
    return rows


def looks_at(experiment_rows: pd.DataFrame, months: int = 6) -> Iterable[pd.DataFrame]:
    """What a reader has at the end of each month: the experiment so far, as an action of its own."""
    name = experiment_rows["action"].iloc[0]
    for month in range(1, months + 1):
        seen = experiment_rows[experiment_rows["acted_month"] <= f"2024-{month:02d}"].copy()
        seen["action"] = f"{name}_l{month}"
        yield seen


def adjusted_by_numpy(rows: pd.DataFrame, outcome: str, before: str) -> tuple[float, float]:
    """CUPED: effect and standard error, written anew."""
    groups = [rows[rows["is_treated"] == flag] for flag in (True, False)]
    centred = [group[[outcome, before]] - group[[outcome, before]].mean() for group in groups]
    both = pd.concat(centred)
    theta = (both[outcome] * both[before]).sum() / (both[before] ** 2).sum()
    figures = [group[outcome] - theta * group[before] for group in groups]
    return (
        float(figures[0].mean() - figures[1].mean()),
        float(np.sqrt(sum(figure.var(ddof=1) / len(figure) for figure in figures))),
    )


ARMS = ["(nothing)", "win_back_offer", "mail"]
ARM_EFFECT = np.array([[0, 0, 0], [0, 0.1, -0.05], [0, 0.15, 0.02], [0, -0.2, 0.3]])  # segment by arm


def qini_by_numpy(rows: pd.DataFrame) -> float:
    """Area over tenths between the curve of orders won, per treated person, and the line of a random order."""
    ranked = rows.sort_values(["predicted_uplift", "action_log_id"], ascending=[False, True])
    ends = np.cumsum([len(tenth) for tenth in np.array_split(np.arange(len(ranked)), 10)])
    curve = [0.0]
    for end in ends:
        seen = ranked.iloc[:end]
        treated, held = seen[seen["is_treated"]], seen[~seen["is_treated"]]
        won = treated["label"].sum() - held["label"].sum() * len(treated) / len(held)
        curve.append(won / rows["is_treated"].sum())
    return float(np.trapezoid(curve, dx=0.1) - curve[-1] / 2)


def policy_log(rng: np.random.Generator, people: int) -> pd.DataFrame:
    """A log of two actions, chosen with chances that differ by segment, a fifth held out."""
    segment = rng.choice(4, people, p=SHARES)
    chance_of_mail = np.array([0.3, 0.5, 0.6, 0.8])[segment]
    is_mail = rng.random(people) < chance_of_mail
    treated = rng.random(people) >= HOLDOUT
    arm = np.where(treated, np.where(is_mail, 2, 1), 0)
    habit = rng.gamma(4.0, 0.25, people)
    rate = BASE_RATE[segment] * habit * 2
    orders = rng.poisson(np.maximum(rate + ARM_EFFECT[segment, arm], 0.0))
    rows = experiment(rng, "x", people, NONE)
    rows["action_log_id"] = [f"log-{number}" for number in range(people)]
    rows["action"] = np.where(is_mail, "mail", "win_back_offer")
    rows["customer_id"] = [f"c{number // 2}" for number in range(people)]  # two decisions a person
    rows["segment"] = np.array(SEGMENTS)[segment]
    rows["is_treated"] = treated
    rows["selection_probability"] = np.where(is_mail, chance_of_mail, 1 - chance_of_mail)
    rows["cost"] = np.where(treated, np.where(is_mail, 0.1, 2.0), 0.0)
    for name in ("outcome", "window"):
        rows[f"{name}_orders"] = orders
        rows[f"{name}_value"] = orders * 20.0
    rows["pre_orders"] = rng.poisson(BASE_RATE[segment] * habit * 4)
    rows["pre_value"] = rows["pre_orders"] * 20.0
    return rows


def policy_by_numpy(rows: pd.DataFrame, shares: np.ndarray) -> dict[str, tuple[float, float]]:
    """IPS and doubly robust value in orders with standard errors by person; shares: segment by arm."""
    segment = rows["segment"].map({name: number for number, name in enumerate(SEGMENTS)}).to_numpy()
    name = np.where(rows["is_treated"], rows["action"], "(nothing)")
    arm = pd.Series(name).map({word: number for number, word in enumerate(ARMS)}).to_numpy()
    chance = np.where(rows["is_treated"], rows["selection_probability"] * (1 - HOLDOUT), HOLDOUT)
    y, x = rows["window_orders"].to_numpy(float), rows["pre_orders"].to_numpy(float)
    cell = segment * 3 + arm
    means_y = np.array([y[cell == number].mean() for number in range(12)])
    means_x = np.array([x[cell == number].mean() for number in range(12)])
    slope = ((y - means_y[cell]) * (x - means_x[cell])).sum() / ((x - means_x[cell]) ** 2).sum()
    level = (means_y - slope * means_x).reshape(4, 3)
    weight = shares[segment, arm] / chance
    direct = (shares * level).sum(axis=1)[segment] + slope * x
    size = np.bincount(cell, minlength=12)[cell]
    rest = y - level[segment, arm] - slope * x
    # both parts with the mean of the cell's other decisions
    own = rest / (size - 1)
    scores = {
        "ips": weight * y,
        "doubly_robust": direct - shares[segment, arm] * own + weight * (rest + own),
    }
    result = {}
    for estimator, score in scores.items():
        by_person = pd.Series(score - score.mean()).groupby(rows["customer_id"].to_numpy()).sum()
        result[estimator] = float(score.mean()), float(np.sqrt((by_person**2).sum()) / len(rows))
    return result


def true_policy_value(shares: np.ndarray) -> float:
    """Orders a person under a policy."""
    rng = np.random.default_rng(97)
    total = 0.0
    for segment in range(4):
        rate = BASE_RATE[segment] * rng.gamma(4.0, 0.25, 500_000) * 2
        for arm in range(3):
            total += SHARES[segment] * shares[segment, arm] * np.maximum(rate + ARM_EFFECT[segment, arm], 0).mean()
    return float(total)
