"""Pictures of the substring core beside its peers."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from bench.ngram.figures import Figures, Run, built_seconds, count_us, size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LENGTH = 16
SERIES = (
    ("ours", "fast", "batch", "tab:blue", "-"),
    ("ours", "fast", "one by one", "tab:blue", ":"),
    ("ours", "compact", "batch", "tab:cyan", "-"),
    ("ours", "compact", "one by one", "tab:cyan", ":"),
    ("fm-index", "", "one by one", "tab:orange", ":"),
    ("infini-gram", "", "one by one", "tab:red", ":"),
    ("pydivsufsort", "", "one by one", "tab:green", ":"),
)


def plots(figures: Figures, folder: Path) -> None:
    """``ngram_growth``, ``ngram_count`` and ``ngram_build``, each as PNG and SVG."""
    _picture(folder, "ngram_growth", lambda axes: _growth(axes, figures))
    _picture(folder, "ngram_count", lambda axes: _count(axes, figures))
    _picture(folder, "ngram_build", lambda axes: _build(axes, figures))


def _picture(folder: Path, name: str, draw: Callable[[Any], None]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    draw(axes)
    for form in ("png", "svg"):
        figure.savefig(folder / f"{name}.{form}", dpi=150, metadata=None)
    plt.close(figure)


def _growth(axes: Any, figures: Figures) -> None:
    """Time a query by size of the text; each solid line has its log-of-n line beside it."""
    for system, mode, way, colour, style in SERIES:
        times = [(size(run), count_us(run, LENGTH, way)) for run in figures.sizes(system, mode)]
        known = [(n / 1e6, took) for n, took in times if took is not None]
        if not known:
            continue
        sizes, took = zip(*known, strict=True)
        label = f"{system} {mode}".strip() + f", {way}"
        axes.plot(sizes, took, style, color=colour, marker="o", label=label)
        reference = [took[0] * log(n * 1e6) / log(sizes[0] * 1e6) for n in sizes]
        axes.plot(sizes, reference, "--", color="grey", linewidth=0.8)
    axes.plot([], [], "--", color="grey", linewidth=0.8, label="log of the text, from its first")
    axes.set(xscale="log", yscale="log", xlabel="text, MB", ylabel="us a pattern of 16 bytes")
    axes.set_title("count: time a query by size of the text")
    axes.legend(fontsize="small")


def _count(axes: Any, figures: Figures) -> None:
    """Time a query by length of the pattern."""
    for system, mode, way, colour, style in SERIES:
        run = figures.run(system, mode)
        rows = [row for row in run.get("count", []) if (row["way"], row["deleted"]) == (way, 0)]
        if rows:
            label = f"{system} {mode}".strip() + f", {way}"
            lengths, took = [row["length"] for row in rows], [row["us"] for row in rows]
            axes.plot(lengths, took, style, color=colour, marker="o", label=label)
    axes.set(xscale="log", yscale="log", xlabel="bytes of the pattern", ylabel="us a pattern")
    axes.set_title("count: time a query by length of the pattern")
    axes.legend(fontsize="small")


def _build(axes: Any, figures: Figures) -> None:
    """MB a second until the index is on disk, on one and on two cores."""
    names, bars = [], []
    for system, mode, colour in dict.fromkeys((row[0], row[1], row[3]) for row in SERIES):
        for threads in (1, 2):
            run = figures.run(system, mode, threads=threads)
            if (speed := _speed(run)) is not None:
                names.append(f"{system} {mode}".strip() + f"\n{threads} core{'s' * (threads > 1)}")
                bars.append((speed, colour))
    axes.bar(range(len(bars)), [speed for speed, _ in bars], color=[colour for _, colour in bars])
    axes.set_xticks(range(len(names)), names, fontsize="x-small", rotation=30)
    axes.set(ylabel="MB a second", title="build, until it is on disk")


def _speed(run: Run) -> float | None:
    took = built_seconds(run)
    return None if not took else size(run) / 1e6 / took
