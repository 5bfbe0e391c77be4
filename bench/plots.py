"""Pictures of measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def ingest_plot(results: dict[str, Any], folder: Path) -> None:
    """Documents and memory over time, as ``ingest.png`` and ``ingest.svg``."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, left = plt.subplots(figsize=(8, 4.5), layout="constrained")
    seconds, anonymous, mapped = zip(*results["memory"], strict=True)
    left.plot(seconds, anonymous, color="tab:blue", label="anonymous memory")
    left.plot(seconds, mapped, color="tab:blue", linestyle=":", label="mapped files")
    left.set(xlabel="seconds", ylabel="resident MiB", ylim=(0, None))
    left.legend(loc="upper left")
    right = left.twinx()
    times, counts = zip(*results["progress"], strict=True)
    right.plot(times, counts, color="tab:orange")
    right.set(ylabel="passages added", ylim=(0, None))
    left.set_title(
        f"{results['passages']:,} passages, {results['passages_per_second']:,.0f} a second"
    )
    for form in ("png", "svg"):
        figure.savefig(folder / f"ingest.{form}", dpi=150, metadata=None)
    plt.close(figure)
