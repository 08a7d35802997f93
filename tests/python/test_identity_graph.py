"""The contraction that groups accounts, against networkx: on any graph the parts are exactly the same."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import networkx
import pytest
from engines import SmallProject

START = "{{ contraction_start(source('given', 'links')) }}"
GROUPS = """
{{ config(
    materialized='iterate', init_model='start', max_iterations=60,
    metric_sql='select count(*) from {next} where row_kind = 1'
) }}
{{ contraction_step(ref('start')) }}
"""


def graphs() -> dict[str, networkx.Graph]:
    """Shapes that are hard for one method or another, and random ones around the giant component."""
    shapes = {
        "chain": networkx.path_graph(3000),
        "ring": networkx.cycle_graph(500),
        "star": networkx.star_graph(400),
        "tree": networkx.balanced_tree(3, 6),
        "grid": networkx.convert_node_labels_to_integers(networkx.grid_2d_graph(20, 40)),
        "clique": networkx.complete_graph(40),
        "barbell": networkx.barbell_graph(15, 200),
        "diamond": networkx.Graph([(0, 1), (0, 2), (1, 3), (2, 3)]),
    }
    for seed in range(12):
        shapes[f"random {seed}"] = networkx.gnm_random_graph(600, 200 + 50 * seed, seed=seed)
    return shapes


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, int], dict[str, networkx.Graph]]:
    """Label by node after one run over all graphs, their nodes numbered at random."""
    project = SmallProject(tmp_path_factory.mktemp("graph"), ["cross_db", "identity", "materializations"], "test_identity_graph")
    numbers = list(range(1, 60_000))
    random.Random(5).shuffle(numbers)
    placed: dict[str, networkx.Graph] = {}
    for name, graph in graphs().items():
        placed[name] = networkx.relabel_nodes(graph, {node: numbers.pop() for node in graph.nodes})
    edges = [edge for graph in placed.values() for edge in graph.edges]
    random.Random(6).shuffle(edges)
    write_links(project, edges)
    project.write("models/start.sql", START.replace("source('given', 'links')", "ref('links')"))
    project.write("models/groups.sql", GROUPS)
    done = project.dbt("build")
    assert done.returncode == 0, done.stdout
    rows = project.fetch(f"select node, label from {project.schema}.groups where row_kind = 0")
    assert len(rows) == len({node for node, _ in rows})
    return dict(rows), placed


def write_links(project: SmallProject, edges: list[tuple[int, int]]) -> None:
    """The links as a seed."""
    project.write("seeds/.gitkeep", "")
    path: Path = project.folder / "seeds/links.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["node_a", "node_b"])
        writer.writerows(edges)


def partition(labels: dict[int, int], nodes: set[int]) -> set[frozenset[int]]:
    """The parts of the nodes by label."""
    parts: dict[int, set[int]] = {}
    for node in nodes:
        parts.setdefault(labels[node], set()).add(node)
    return {frozenset(part) for part in parts.values()}


@pytest.mark.parametrize("name", list(graphs()))
def test_groups_are_the_connected_components(
    labels: tuple[dict[int, int], dict[str, networkx.Graph]], name: str
) -> None:
    found, placed = labels
    graph = placed[name]
    linked = {node for node in graph.nodes if graph.degree(node) > 0}
    expected = {frozenset(part) for part in networkx.connected_components(graph) if len(part) > 1}
    assert partition(found, linked) == expected
