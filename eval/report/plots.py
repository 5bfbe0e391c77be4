"""Figures as SVG text that takes the page's text colour, so light and dark both work."""

from __future__ import annotations

import io
import re
import warnings
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.eval.intervals import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.eval.measures import Evaluation
    from mnemic.eval.meters import Latency

COLOURS = ("#4c8dd6", "#e08a3c", "#45a778", "#c65b9e", "#8f83d6", "#a8973a")
# A colour that nothing else has; it becomes the page's own text colour.
_INK = "#010203"
_STYLE: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.family": "sans-serif",
    "font.size": 10,
    "legend.frameon": False,
    "legend.facecolor": "none",
}
_LONGEST = 40


def measures_plot(evaluations: Sequence[Evaluation]) -> str:
    """Bars of every measure and run, with 95 % bootstrap intervals of the mean."""
    measures = list(evaluations[0].values)
    width = 0.8 / len(evaluations)

    def draw(axes: Any) -> None:
        for place, (item, colour) in enumerate(zip(evaluations, cycle(COLOURS), strict=False)):
            means = np.array([item.means[name] for name in measures])
            ends = np.array([bootstrap(item.values[name]) for name in measures])
            errors = np.maximum(0, [means - ends[:, 0], ends[:, 1] - means])
            left = np.arange(len(measures)) + (place - (len(evaluations) - 1) / 2) * width
            style = {"color": colour, "label": label(item.run)}
            axes.bar(left, means, width * 0.92, yerr=errors, ecolor=_INK, capsize=3, **style)
        axes.set_xticks(range(len(measures)), list(map(label, measures)))
        axes.set_ylim(bottom=0)
        axes.set_ylabel("mean over judged queries")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)

    return drawn(draw, "Measures of each run with confidence intervals")


def differences_plot(first: Evaluation, second: Evaluation, measure: str) -> str:
    """Per-query differences, best first: above the line the second run is better."""
    differences = np.sort(second.values[measure] - first.values[measure])[::-1]
    better, worse = np.maximum(differences, 0), np.minimum(differences, 0)

    def draw(axes: Any) -> None:
        places = np.arange(1, len(differences) + 1)
        # One filled step per query: thousands of bars would make a page of megabytes.
        axes.fill_between(places, better, step="mid", color=COLOURS[2], linewidth=0)
        axes.fill_between(places, worse, step="mid", color=COLOURS[1], linewidth=0)
        axes.axhline(0, color=_INK, linewidth=0.8)
        axes.set_xlabel("queries, by difference")
        axes.set_ylabel(label(measure))
        axes.set_title(f"{label(second.run)} minus {label(first.run)}")

    return drawn(draw, f"Differences per query in {label(measure)}")


def latency_plot(latencies: Mapping[str, Latency]) -> str:
    """Histogram of milliseconds per query, on a logarithmic axis."""
    smallest = min(min(item.values) for item in latencies.values())
    largest = max(max(item.values) for item in latencies.values())
    low = max(smallest, 1e-4)
    edges = np.geomspace(low, max(largest, low * 1.01), 41)

    def draw(axes: Any) -> None:
        for (name, item), colour in zip(latencies.items(), cycle(COLOURS), strict=False):
            values = np.clip(item.values, edges[0], edges[-1])
            axes.hist(values, edges, color=colour, alpha=0.65, label=label(name))
            axes.axvline(item.p50, color=colour, linewidth=1.2, linestyle="--")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.set_xlabel("milliseconds per query (dashed: median)")
        axes.set_ylabel("queries")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=3)

    return drawn(draw, "Histogram of latency per query")


def label(text: str) -> str:
    """A user's string for a figure: printable, and short enough to fit."""
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 3]}..."


def drawn(draw: Any, description: str) -> str:
    """The SVG text of one figure.

    Args:
        draw: Draws on the axes that it is given.
        description: What the figure shows, for those who cannot see it.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": description}), warnings.catch_warnings():
        # The browser draws the text; glyphs that matplotlib's font lacks are no matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(7.6, 3.6), layout="constrained")
        draw(figure.subplots())
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return _inlined(buffer.getvalue(), description)


def _inlined(svg: str, description: str) -> str:
    body = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    # Several figures share the page: generated ids that nothing refers to would collide.
    body = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", body)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    attributes = f'<svg role="img" aria-label="{_attribute(description)}"'
    return body.replace("<svg", attributes, 1)


def _attribute(text: str) -> str:
    from html import escape

    return escape(text, quote=True)
