"""A chart of a page as a Vega-Lite specification, made from the few words that the page's file says of it.

Texts are objects `{en, zh}`: the page picks one when it draws. Numbers are formatted in the page by their unit (`num`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Block = dict[str, Any]
Spec = dict[str, Any]

# Okabe and Ito: told apart with any colour vision, and in grey by their lightness
PALETTE = [
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
    "#7A7A7A", "#8C6D1F", "#332288", "#88CCEE", "#44AA99", "#999933",
]  # fmt: skip
BLUE, SMALL, INK = PALETTE[0], "#B9BEC4", "#222B33"
IS_SMALL = "datum.is_small_sample === true"
IS_OPEN = "datum.is_complete === false"


class Columns:
    """Labels and units of columns, by name; money carries the currency."""

    def __init__(self, columns: dict[str, dict[str, str]], currency: dict[str, str]) -> None:
        self.columns, self.currency = columns, currency

    def unit(self, name: str) -> str | None:
        """The unit of a column; None for text."""
        return self.columns[name].get("unit")

    def label(self, name: str) -> dict[str, str]:
        """The label of a column with its unit, in both languages."""
        column = self.columns[name]
        units = {
            "money": self.currency, "hours": {"en": "hours", "zh": "小时"}, "days": {"en": "days", "zh": "天"},
            "points": {"en": "points", "zh": "分"},
        }  # fmt: skip
        unit = units.get(column.get("unit", ""))
        if unit is None:
            return {"en": column["en"], "zh": column["zh"]}
        return {"en": f"{column['en']} ({unit['en']})", "zh": f"{column['zh']}（{unit['zh']}）"}

    def shown(self, name: str) -> Spec:
        """A field with its label, and its format where it is a number."""
        unit = self.unit(name)
        kind = {"type": "quantitative", "format": unit, "formatType": "num"} if unit else {"type": "nominal"}
        return {"field": name, "title": self.label(name), **kind}

    def axis(self, name: str, **more: Any) -> Spec:
        """A field on a numeric axis."""
        axis = {"format": f"{self.unit(name)}~", "formatType": "num", "grid": True, "tickCount": 5}
        return {"field": name, "type": "quantitative", "title": self.label(name), "axis": axis, **more}


def tooltip(block: Block, columns: Columns) -> list[Spec]:
    """What a pointer on a mark is told: the columns of the block."""
    return [columns.shown(name) for name in block["show"]]


def category(name: str, columns: Columns, **more: Any) -> Spec:
    """A field of words in the order in which the rows come."""
    return {"field": name, "type": "ordinal", "sort": None, "title": columns.label(name), **more}


def time_axis(name: str, columns: Columns) -> Spec:
    """Periods side by side; where they are too many, some labels stay away."""
    axis = {"labelOverlap": "greedy", "labelAngle": 0, "labelSeparation": 8, "grid": False}
    return category(name, columns, title=None, axis=axis, scale={"type": "band", "padding": 0.15})


def colour(block: Block, columns: Columns) -> Spec:
    """The series' colours, or one; small samples are grey."""
    small = {"test": IS_SMALL, "value": SMALL}
    if not block.get("series"):
        return {"condition": small, "value": BLUE}
    legend = {"orient": "top", "title": None, "columns": {"wide": 6 if block.get("wide") else 3, "narrow": 2}, "labelLimit": 150}
    return {**category(block["series"], columns), "scale": {"range": PALETTE}, "legend": legend}


def opacity() -> Spec:
    """Small samples fade, whatever their colour."""
    return {"condition": {"test": IS_SMALL, "value": 0.35}, "value": 1}


def not_over(block: Block, columns: Columns) -> Spec:
    """Hatches the periods that are not over."""
    return {
        "only_if_open": True,
        "transform": [{"filter": IS_OPEN}],
        "mark": {"type": "rect", "fill": "url(#hatch)", "aria": False},
        "encoding": {"x": time_axis(block["x"], columns)},
    }


def line(block: Block, columns: Columns) -> Spec:
    """Values over time, with the interval as a band."""
    x, y = time_axis(block["x"], columns), columns.axis(block["y"], scale={"zero": bool(block.get("zero", False))})
    series = {"color": colour({key: block.get(key) for key in ("series", "wide")}, columns)} if block.get("series") else {"color": {"value": BLUE}}
    layers = [not_over(block, columns)]
    if block.get("low"):
        band = {"y": {**y, "field": block["low"]}, "y2": {"field": block["high"]}}
        layers.append({"mark": {"type": "area", "opacity": 0.18, "aria": False}, "encoding": {"x": x, **band, **series}})
    layers.append({"mark": {"type": "line", "strokeWidth": 2, "aria": False}, "encoding": {"x": x, "y": y, **series}})
    point = {"type": "point", "filled": True, "opacity": 1, "size": 34}
    if block.get("series"):
        seen = {**series, "opacity": opacity()}
    else:
        seen = {"color": colour(block, columns)}
    layers.append({"mark": point, "encoding": {"x": x, "y": y, **seen, "tooltip": tooltip(block, columns)}})
    if "ref" in block:
        layers.append(rule(block, "y"))
    return {"height": 240, "layer": layers}


def rule(block: Block, channel: str) -> Spec:
    """The line of no difference."""
    return {
        "data": {"values": [{}]}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": INK, "aria": False},
        "encoding": {channel: {"datum": block["ref"]}},
    }  # fmt: skip


def columns_chart(block: Block, columns: Columns) -> Spec:
    """Upright bars, stacked by series; a period that is not over is hatched."""
    x, y = time_axis(block["x"], columns), columns.axis(block["y"])
    if columns.columns[block["x"]].get("axis"):
        x["title"] = columns.label(block["x"])
    seen = {"color": colour(block, columns), "tooltip": tooltip(block, columns)}
    if block.get("series"):
        seen["opacity"] = opacity()
    bars = {"mark": {"type": "bar"}, "encoding": {"x": x, "y": y, **seen}}
    hatched = {"only_if_open": True, "transform": [{"filter": IS_OPEN}], "mark": {"type": "bar", "fill": "url(#hatch)", "aria": False}}
    hatched["encoding"] = {"x": x, "y": {"aggregate": "sum", **y}}
    layers = [bars, hatched]
    if block.get("low"):
        error = {"mark": {"type": "rule", "color": INK, "aria": False}}
        layers.append({**error, "encoding": {"x": x, "y": {**y, "field": block["low"]}, "y2": {"field": block["high"]}}})
    return {"height": 240, "layer": layers}


def bars_chart(block: Block, columns: Columns) -> Spec:
    """Lying bars with their figure at the end, and the interval as a line through it."""
    axis = {"labelLimit": {"wide": 340 if block.get("wide") else 200, "narrow": 112}, "grid": False, "title": None}
    y, x = category(block["y"], columns, axis=axis), columns.axis(block["x"])
    offset = {"yOffset": category(block["series"], columns)} if block.get("series") else {}
    seen = {"color": colour(block, columns), "tooltip": tooltip(block, columns), **offset}
    if block.get("series"):
        seen["opacity"] = opacity()
    layers = [{"mark": {"type": "bar"}, "encoding": {"y": y, "x": x, **seen}}]
    if block.get("low"):
        ends = {"x": {**x, "field": block["low"]}, "x2": {"field": block["high"]}}
        layers.append({"mark": {"type": "rule", "color": INK, "aria": False}, "encoding": {"y": y, **ends, **offset}})
    told = columns.shown(block.get("text", block["x"]))
    place = "high" if block.get("low") else "x"
    text = {"type": "text", "align": "left", "dx": 4, "fontSize": 11, "color": INK, "aria": False}
    where = {**x, "field": block[place]}
    layers.append({"mark": text, "encoding": {"y": y, "x": where, "text": {**told, "format": f"{told.get('format')}~"}, **offset}})
    return {"height": {"step": 14 if offset else 26}, "layer": layers}


def interval(block: Block, columns: Columns) -> Spec:
    """Estimates as points on the line of their interval; grey where the sample is small."""
    axis = {"labelLimit": {"wide": 340 if block.get("wide") else 200, "narrow": 112}, "grid": False, "title": None}
    y = category(block["y"], columns, axis=axis)
    scale = {"type": "log"} if block.get("log") else {"zero": False}
    x = columns.axis(block["x"], scale=scale)
    if block.get("log"):
        x["axis"] = {**x["axis"], "values": [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]}
    offset = {"yOffset": category(block["series"], columns)} if block.get("series") else {}
    seen = {"color": colour(block, columns), **offset}
    ends = {"x": {**x, "field": block["low"]}, "x2": {"field": block["high"]}}
    layers = [{"mark": {"type": "rule", "strokeWidth": 2.5, "aria": False}, "encoding": {"y": y, **ends, **seen}}]
    point = {"type": "point", "filled": True, "opacity": 1, "size": 70}
    layers.append({"mark": point, "encoding": {"y": y, "x": x, **seen, "tooltip": tooltip(block, columns)}})
    if block.get("tick"):
        tick = {"type": "tick", "thickness": 3, "size": 14, "color": PALETTE[5], "aria": False}
        layers.append({"mark": tick, "encoding": {"y": y, "x": {**x, "field": block["tick"]}}})
    if "ref" in block:
        layers.append(rule(block, "x"))
    return {"height": {"step": 16 if offset else 24}, "layer": layers}


def heatmap(block: Block, columns: Columns) -> Spec:
    """Cells darker where there is more, with the figure in the cell."""
    legend = {"orient": "top", "format": f"{columns.unit(block['color'])}~", "formatType": "num", "gradientLength": 160, "titleLimit": 300}
    fill = {"field": block["color"], "type": "quantitative", "title": columns.label(block["color"]), "legend": legend}
    fill["scale"] = {"scheme": "blueorange", "domainMid": 0} if block.get("diverging") else {"scheme": "blues", "type": "sqrt"}
    angle = {"labelAngle": 0, "labelOverlap": "greedy", "labelLimit": 240 if block.get("wide") else 110}
    x = category(block["x"], columns, axis={**angle, "orient": "bottom"})
    y = category(block["y"], columns, axis={"labelLimit": {"wide": 160, "narrow": 70}})
    cell = {"mark": {"type": "rect", "stroke": "#fff"}, "encoding": {"color": fill, "opacity": opacity()}}
    cell["encoding"]["tooltip"] = tooltip(block, columns)
    layers = [cell]
    if block.get("text"):
        told = columns.shown(block["text"])
        size = "datum.__size / datum.__most" if block.get("diverging") else "(sqrt(datum.__size) - sqrt(datum.__least)) / (sqrt(datum.__most) - sqrt(datum.__least))"
        dark = {"test": f"{size} > 0.5", "value": "#fff"}
        encoding = {"text": {**told, "format": f"{told['format']}~"}, "color": {"condition": dark, "value": INK}}
        layers.append({"mark": {"type": "text", "fontSize": 11, "aria": False}, "encoding": encoding})
    span = [{"op": "max", "field": "__size", "as": "__most"}, {"op": "min", "field": "__size", "as": "__least"}]
    sizes = [{"calculate": f"abs(datum['{block['color']}'])", "as": "__size"}, {"joinaggregate": span}]
    step = {"step": block.get("step", 30)}
    return {"height": step, "transform": sizes, "encoding": {"x": x, "y": y}, "layer": layers}


def sankey(block: Block, columns: Columns) -> Spec:
    """Flows between stages. The page lays out `nodes` and `ribbons` from the rows (from, to, value, stage)."""
    hidden = {"axis": None, "scale": {"domain": [-0.02, 1.02], "nice": False}}
    x, y = {"field": "x", "type": "quantitative", **hidden}, {"field": "y", "type": "quantitative"}
    y.update(axis=None, scale={"domain": [0, 1], "reverse": True, "nice": False})
    told = [columns.shown(name) for name in (block["from"], block["to"], block["value"])]
    paint = {"field": "color", "type": "nominal", "scale": None, "legend": None}
    ribbon = {
        "data": {"name": "ribbons"}, "mark": {"type": "area", "opacity": 0.45},
        "encoding": {"x": x, "y": y, "y2": {"field": "y2"}, "detail": {"field": "id"}, "color": paint, "tooltip": told},
    }  # fmt: skip
    ends = {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "color": paint}
    node = {"data": {"name": "nodes"}, "mark": {"type": "rect"}, "encoding": {**ends, "tooltip": [columns.shown(block["value"])]}}
    node["encoding"]["tooltip"].insert(0, {"field": "name", "type": "nominal", "title": columns.label(block["from"])})
    middle = {"field": "middle", "type": "quantitative", "axis": None, "scale": y["scale"]}
    words = []
    for side, align, shift in (("left", "left", 4), ("right", "right", -4)):
        mark = {"type": "text", "align": align, "dx": shift, "fontSize": 11, "aria": False}
        place = {"x": {**x, "field": "text_x"}, "y": middle, "text": {"field": "label"}}
        here = {"data": {"name": "nodes"}, "transform": [{"filter": f"datum.side === '{side}'"}], "encoding": place}
        halo = {"stroke": "#fff", "strokeWidth": 3, "strokeOpacity": 0.8, "color": "#fff"}
        words += [{**here, "mark": {**mark, **halo}}, {**here, "mark": {**mark, "color": INK}}]
    return {"height": block.get("height", 380), "layer": [ribbon, node, *words]}


CHARTS: dict[str, Callable[[Block, Columns], Spec]] = {
    "line": line, "columns": columns_chart, "bars": bars_chart, "interval": interval, "heatmap": heatmap, "sankey": sankey,
}  # fmt: skip
# drawn by the page itself, without a specification
PLAIN = ("tiles", "table", "facts")
