"""Which cells of a table are to be folded so that nobody can be told from its figures, nor from their differences.

A table counts people in cells: groups (columns that stay), axes (columns that are replaced by `(small)`). A cell is folded
where one of its counts lies between 1 and k - 1. Totals are known (they stand in this table or in others): of the whole
table, of the groups by their first columns, of each group, and of each value of each of two axes within a group. So in each of these lines what is folded must
count nobody or k people at the least; else the next smallest cell of the line is folded as well, until that holds. With
two axes no folded cell may follow from the totals of several lines together either.

What is folded shows as one row a group. Where that row would be under k, groups that differ in their last column share it;
where all together are fewer than k, it is not shown.
Where `along` names columns (steps of a funnel), a cell is folded in all of their values or in none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

SMALL = "(small)"
NOT_SHOWN = -1
Key = tuple[Hashable, ...]
# a value of `along` and the number of a count
Place = tuple[Key, int]
# what a cell counts: by value of `along`, the counts of people
Counts = dict[Key, tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell: its group, its place on the axes, its counts."""

    group: Key
    place: Key
    counts: Counts

    @property
    def order(self) -> tuple[Any, ...]:
        """Smallest first, then by name: the same whatever the order of rows."""
        return (sum(map(sum, self.counts.values())), tuple(map(str, self.group)), tuple(map(str, self.place)))


@dataclass(frozen=True)
class Folding:
    """The folded cells, by group and place: how many columns of the group their row keeps, or that it is not shown."""

    kept: dict[tuple[Key, Key], int]


def too_small(count: float, k: int) -> bool:
    """Some, but fewer than k. Credits of attribution are fractions."""
    return 0 < count < k


def sums(cells: Iterable[Cell]) -> dict[Place, float]:
    """What cells count together, by value of `along` and count."""
    total: dict[Place, float] = defaultdict(float)
    for cell in cells:
        for along, counts in cell.counts.items():
            for number, count in enumerate(counts):
                total[along, number] += count
    return total


def small_place(total: dict[Place, float], k: int) -> Place | None:
    """Where sums lie between 1 and k - 1 people; None where they do nowhere."""
    # credits that are thirds add up to whole numbers but for the last digits
    return next((place for place, count in total.items() if too_small(round(count, 6), k)), None)


class Line:
    """Cells whose total is known, smallest first, and what of them is folded."""

    def __init__(self, cells: list[Cell]) -> None:
        self.cells = cells
        self.folded: list[Cell] = []
        self.total: dict[Place, float] = defaultdict(float)

    def add(self, cell: Cell) -> None:
        """A cell of the line is folded."""
        self.folded.append(cell)
        for place, count in sums([cell]).items():
            self.total[place] += count


def lines_of(cell: Cell) -> list[Key]:
    """The totals that a cell is part of: table, groups from the coarsest on and, of two axes, each value."""
    lines: list[Key] = [("groups", cell.group[:depth]) for depth in range(len(cell.group))] + [("group", cell.group)]
    if len(cell.place) > 1:
        lines += [("axis", cell.group, number, value) for number, value in enumerate(cell.place)]
    return lines


def fold(cells: list[Cell], k: int, folded_elsewhere: Iterable[tuple[Key, Key]] = ()) -> Folding:
    """Decide what is folded."""
    members: dict[Key, list[Cell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda each: each.order):
        for name in lines_of(cell):
            members[name].append(cell)
    lines = {name: Line(inside) for name, inside in members.items()}
    hidden: set[Cell] = set()
    elsewhere = set(folded_elsewhere)
    found = [cell for cell in sorted(cells, key=lambda each: each.order) if (cell.group, cell.place) in elsewhere or has_small_count(cell, k)]
    waiting: dict[Key, None] = {}
    while found or waiting:
        for cell in found:
            hidden.add(cell)
            for name in lines_of(cell):
                lines[name].add(cell)
                waiting[name] = None
        if waiting:
            name, _ = waiting.popitem()
            added = next_cell(name, lines[name], hidden, k)
            found = [added] if added else []
    return pool({name[1]: line for name, line in lines.items() if name[0] == "group"}, hidden, k)


def has_small_count(cell: Cell, k: int) -> bool:
    """Whether a cell counts between 1 and k - 1 people anywhere."""
    return any(too_small(count, k) for counts in cell.counts.values() for count in counts)


def next_cell(name: Key, line: Line, hidden: set[Cell], k: int) -> Cell | None:
    """The cell of a line that has to be folded as well; None where the line is safe, or cannot be made so."""
    open_cells = [cell for cell in line.cells if cell not in hidden]
    place = small_place(line.total, k)
    if place is not None:
        added = next((cell for cell in open_cells if sums([cell]).get(place, 0) > 0), None)
        if added:
            return added
    if name[0] == "group":
        # a row `(small)` that the table brought along takes in what is folded beside it
        brought = next((cell for cell in open_cells if SMALL in cell.place), None)
        if brought or len(line.cells[0].place) != 2:
            return brought
        return next_for_told_cell(line.folded, open_cells, k)
    return None


def next_for_told_cell(folded: list[Cell], open_cells: list[Cell], k: int) -> Cell | None:
    """Folded cells of two axes are edges between their values: one that is no part of a circle follows from the totals of one side."""
    neighbours: dict[Key, list[tuple[Key, Cell]]] = defaultdict(list)
    for cell in folded:
        ends = [(number, value) for number, value in enumerate(cell.place)]
        neighbours[ends[0]].append((ends[1], cell))
        neighbours[ends[1]].append((ends[0], cell))
    for cell in bridges(neighbours):
        if has_small_count(cell, k):
            side = reached((0, cell.place[0]), neighbours, cell)
            across = [other for other in open_cells if ((0, other.place[0]) in side) != ((1, other.place[1]) in side)]
            beside = [other for other in open_cells if other.place[0] == cell.place[0] or other.place[1] == cell.place[1]]
            added = next(iter([*across, *beside]), None)
            if added:
                return added
    return None


def bridges(neighbours: dict[Key, list[tuple[Key, Cell]]]) -> list[Cell]:
    """The edges that are no part of a circle (Tarjan). As deep as twice the shorter axis at the most."""
    entered: dict[Key, int] = {}
    lowest: dict[Key, int] = {}
    found: list[Cell] = []

    def visit(node: Key, through: Cell | None) -> None:
        entered[node] = lowest[node] = len(entered)
        for other, cell in neighbours[node]:
            if cell is through:
                continue
            if other in entered:
                lowest[node] = min(lowest[node], entered[other])
            else:
                visit(other, cell)
                lowest[node] = min(lowest[node], lowest[other])
                if lowest[other] > entered[node]:
                    found.append(cell)

    for node in list(neighbours):
        if node not in entered:
            visit(node, None)
    return found


def reached(start: Key, neighbours: dict[Key, list[tuple[Key, Cell]]], without: Cell) -> set[Key]:
    """What hangs together with a value when one cell is taken out."""
    seen, waiting = {start}, [start]
    while waiting:
        for other, cell in neighbours[waiting.pop()]:
            if cell is not without and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


@dataclass(eq=False)
class Block:
    """Groups whose folded cells share one row, and how many columns of the group it keeps."""

    groups: list[Key]
    kept: int
    total: dict[Place, float]
    is_folded: bool

    @property
    def order(self) -> tuple[Any, ...]:
        """Those that have a folded row anyway before whole groups; smallest first, then by name."""
        return (not self.is_folded, sum(self.total.values()), [tuple(map(str, group)) for group in self.groups])


def pool(groups: dict[Key, Line], hidden: set[Cell], k: int) -> Folding:
    """Groups whose folded row would be under k share one row: those that differ in their last column first, and so on."""
    blocks = [Block([group], len(group), line.total if line.folded else sums(line.cells), bool(line.folded)) for group, line in groups.items()]
    for depth in range(max(map(len, groups), default=0) - 1, -1, -1):
        parents: dict[Key, list[Block]] = defaultdict(list)
        for block in blocks:
            parents[block.groups[0][:depth]].append(block)
        blocks = [block for together in parents.values() for block in share(together, depth, k)]
    for block in blocks:
        for group in block.groups if block.is_folded else []:
            hidden.update(() if groups[group].folded else groups[group].cells)
    kept = {
        group: NOT_SHOWN if block.is_folded and small_place(block.total, k) else block.kept for block in blocks for group in block.groups
    }
    return Folding({(cell.group, cell.place): kept[cell.group] for cell in hidden})


def share(blocks: list[Block], depth: int, k: int) -> list[Block]:
    """Join the blocks whose row is under k, and the next ones in size until it is k; none where all are too few."""
    small = [block for block in blocks if block.is_folded and small_place(block.total, k)]
    if not small:
        return blocks
    others = sorted((block for block in blocks if block not in small), key=lambda block: block.order)
    total = joint(small)
    everything = joint(blocks)
    if any(too_small(round(everything[place], 6), k) for place in total):
        return blocks
    joined = list(small)
    for block in others:
        place = small_place(total, k)
        if place is None:
            break
        if block.total.get(place, 0) > 0:
            joined.append(block)
            total = joint(joined)
    rest = [block for block in blocks if block not in joined]
    return [Block([group for block in joined for group in block.groups], depth, total, True), *rest]


def joint(blocks: list[Block]) -> dict[Place, float]:
    """What blocks count together."""
    total: dict[Place, float] = defaultdict(float)
    for block in blocks:
        for place, count in block.total.items():
            total[place] += count
    return total
