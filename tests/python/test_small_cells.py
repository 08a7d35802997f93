"""Folding of small cells, audited by linear algebra: no figure, and no difference of figures, tells of fewer than k people."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pytest
from scripts.small_cells import NOT_SHOWN, Cell, fold

K = 10


def made_table(number: int) -> list[Cell]:
    """A random table of people: groups of one or two columns, one or two axes, few or many people, sometimes steps."""
    dice = random.Random(number)
    axes, depth, scale = dice.choice([1, 2]), dice.choice([0, 1, 2]), dice.choice([4, 15, 60])
    steps = dice.choice([(), ("visit", "buy")])
    cells = []
    for outer in range(3):
        for inner in range(3 if depth == 2 else 1):
            group = (f"o{outer}", f"i{inner}")[:depth]
            if depth == 0 and outer:
                continue
            for first in range(5):
                for second in range(4 if axes == 2 else 1):
                    if dice.random() < 0.2:
                        continue
                    people = int(dice.expovariate(1 / scale))
                    place = (f"a{first}", f"b{second}")[:axes]
                    counts = {(step,): (people >> number, dice.randrange(people + 1)) for number, step in enumerate(steps)} or {(): (people,)}
                    cells.append(Cell(group, place, counts))
    return cells


def totals_of(cell: Cell) -> list[tuple]:
    """The totals that a cell is part of, as a reader may know them from elsewhere."""
    groups = [("groups", cell.group[:depth]) for depth in range(len(cell.group))]
    return [*groups, ("group", cell.group), *(("axis", cell.group, number, value) for number, value in enumerate(cell.place) if len(cell.place) == 2)]


def told_cells(lines: list[list[Cell]], hidden: list[Cell]) -> list[Cell]:
    """Hidden cells that follow from the totals of lines: those whose unit vector lies in the row space."""
    index = {cell: number for number, cell in enumerate(hidden)}
    matrix = np.zeros((len(lines), len(hidden)))
    for row, members in enumerate(lines):
        matrix[row, [index[cell] for cell in members if cell in index]] = 1
    _, sizes, basis = np.linalg.svd(matrix, full_matrices=False)
    rows = basis[sizes > 1e-9]
    return [cell for cell, length in zip(hidden, (rows**2).sum(axis=0), strict=True) if length > 1 - 1e-9]


def values(cell: Cell, place: tuple) -> float:
    """A count of a cell."""
    along, number = place
    return cell.counts[along][number] if along in cell.counts else 0


@pytest.mark.parametrize("number", range(60))
def test_nobody_follows_from_totals_and_what_is_shown(number: int) -> None:
    """Every known total of what is hidden is nobody or k people, and no small cell follows from several totals."""
    cells = made_table(number)
    kept = fold(cells, K).kept
    hidden = [cell for cell in cells if (cell.group, cell.place) in kept]
    shown = [cell for cell in cells if (cell.group, cell.place) not in kept]
    assert not any(0 < count < K for cell in shown for counts in cell.counts.values() for count in counts)
    lines: dict[tuple, list[Cell]] = defaultdict(list)
    for cell in cells:
        for line in totals_of(cell):
            lines[line].append(cell)
    places = {(along, index) for cell in cells for along, counts in cell.counts.items() for index in range(len(counts))}
    for place in places:
        for members in lines.values():
            folded = sum(values(cell, place) for cell in members if cell in hidden)
            # where nothing of a line is shown, its total is all that there is, and no figure of this table
            seen = sum(values(cell, place) for cell in members if cell in shown)
            assert not 0 < folded < K or seen == 0
        # a total under k is itself a small cell of whatever table counts it, and not published
        sizes = {line: sum(values(cell, place) for cell in members) for line, members in lines.items()}
        known = [members for line, members in lines.items() if line[0] != "groups" and not 0 < sizes[line] < K]
        # what follows from the totals alone, no table can keep
        for cell in set(told_cells(known, hidden)) - set(told_cells(known, cells)) if hidden else []:
            assert not 0 < values(cell, place) < K


@pytest.mark.parametrize("number", range(60))
def test_rows_of_what_is_folded_hold_k_people_each(number: int) -> None:
    """The rows `(small)` count nobody or k people, unless the whole table is smaller; then they are not shown."""
    cells = made_table(number)
    kept = fold(cells, K).kept
    rows: dict[tuple, float] = defaultdict(float)
    for cell in cells:
        depth = kept.get((cell.group, cell.place), NOT_SHOWN)
        if depth != NOT_SHOWN:
            for along, counts in cell.counts.items():
                for index, count in enumerate(counts):
                    rows[depth, cell.group[:depth], along, index] += count
    assert not [row for row, people in rows.items() if 0 < people < K]
    for group, place in (cell for cell, depth in kept.items() if depth == NOT_SHOWN):
        # then all that the table counts somewhere is fewer than k
        totals = [sum(values(cell, at) for cell in cells) for at in {(along, index) for cell in cells for along, counts in cell.counts.items() for index in range(len(counts))}]
        assert any(0 < total < K for total in totals), (group, place)


def test_order_of_rows_changes_nothing() -> None:
    """Equal input gives equal output."""
    for number in range(20):
        cells = made_table(number)
        shuffled = list(cells)
        random.Random(number).shuffle(shuffled)
        assert fold(cells, K).kept == fold(shuffled, K).kept


def test_the_next_cell_in_size_joins_a_small_one() -> None:
    """5 people could be told from a total, so the next 12 join them; what is large stays."""
    cells = [Cell((), (name,), {(): (people,)}) for name, people in (("five", 5), ("twelve", 12), ("forty", 40), ("none", 0))]
    assert set(fold(cells, K).kept) == {((), ("five",)), ((), ("twelve",))}


def test_groups_that_are_too_small_share_a_row() -> None:
    """A month of 4 people goes with the month of 7; the one of 30 is not needed, and is not touched."""
    cells = [Cell(("orders", month), ("shop",), {(): (people,)}) for month, people in (("may", 4), ("june", 7), ("july", 30))]
    assert fold(cells, K).kept == {(("orders", "may"), ("shop",)): 1, (("orders", "june"), ("shop",)): 1}


def test_only_the_smallest_cell_of_another_group_helps_out() -> None:
    """May has 4 people; of June the 12 join them, and the 30 stay in sight."""
    cells = [Cell((month,), (shop,), {(): (people,)}) for month, shop, people in (("may", "a", 4), ("june", "a", 12), ("june", "b", 30))]
    assert fold(cells, K).kept == {(("may",), ("a",)): 0, (("june",), ("a",)): 0}


def test_a_table_that_is_too_small_is_not_shown() -> None:
    """Six people in all: not even their number is published."""
    cells = [Cell((), (name,), {(): (3,)}) for name in "ab"]
    assert set(fold(cells, K).kept.values()) == {NOT_SHOWN}


def test_what_another_table_folds_is_folded_here() -> None:
    """Values that are hidden elsewhere come in, and take others with them where they must."""
    cells = [Cell((), (name,), {(): (50 + index,)}) for index, name in enumerate("abc")]
    assert set(fold(cells, K, [((), ("b",))]).kept) == {((), ("b",))}
