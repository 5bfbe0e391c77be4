"""Pictures of the sparse engine beside its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.sparse.figures import Figures, Run, documents, took

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERIES = (
    ("ours", "", "tab:blue"),
    ("bm25s", "", "tab:orange"),
    ("tantivy", "freq", "tab:red"),
    ("pisa", "exact", "tab:green"),
)
DEPTHS = (10, 100)


def plots(figures: Figures, folder: Path) -> None:
    """``sparse_growth`` and ``sparse_search``, each as PNG and SVG."""
    _picture(folder, "sparse_growth", lambda axes: _growth(axes, figures), columns=2)
    _picture(folder, "sparse_search", lambda axes: _search(axes[0], figures), columns=1)


def _picture(folder: Path, name: str, draw: Callable[[Any], None], *, columns: int) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        1, columns, figsize=(4 + 4 * columns, 4.5), layout="constrained", squeeze=False
    )
    draw(axes[0])
    for form in ("png", "svg"):
        figure.savefig(folder / f"{name}.{form}", dpi=150, metadata=None)
    plt.close(figure)


def _growth(axes: Any, figures: Figures) -> None:
    """Time a question and memory by number of passages."""
    times, memory = axes
    for system, mode, colour in SERIES:
        runs = figures.sizes(system, mode)
        for k, style in zip(DEPTHS, ("-", ":"), strict=True):
            _line(times, runs, [took(run, k) for run in runs], f"{system}, k {k}", colour, style)
        peaks = [run["build"]["peak_bytes"] / 2**20 if "build" in run else None for run in runs]
        _line(memory, runs, peaks, f"{system}, building", colour, "-")
        held = [run["resident_bytes"] / 2**20 if "resident_bytes" in run else None for run in runs]
        _line(memory, runs, held, f"{system}, after searching", colour, ":")
    times.set(title="BM25: time a question, one thread", ylabel="microseconds")
    memory.set(title="memory of the process", ylabel="MiB")
    for each in axes:
        each.set(xscale="log", yscale="log", xlabel="passages")
        each.legend(fontsize="x-small")


def _line(
    axes: Any, runs: list[Run], values: list[float | None], label: str, colour: str, style: str
) -> None:
    known = [
        (documents(run), value)
        for run, value in zip(runs, values, strict=True)
        if value is not None
    ]
    if known:
        sizes, shown = zip(*known, strict=True)
        axes.plot(sizes, shown, style, color=colour, marker="o", markersize=3, label=label)


def _search(axes: Any, figures: Figures) -> None:
    """Questions a second over the main corpus."""
    names, heights, colours = [], [], []
    for system, mode, colour in (*SERIES, ("pisa", "quantised", "tab:olive")):
        for k in DEPTHS:
            us = took(figures.run("search", system, mode), k)
            if us is not None:
                names.append(f"{system} {mode}".strip() + f"\nk {k}")
                heights.append(1e6 / us)
                colours.append(colour)
    axes.bar(range(len(names)), heights, color=colours)
    axes.set_xticks(range(len(names)), names, fontsize="x-small", rotation=30)
    axes.set(ylabel="questions a second", title="BM25, one thread")
