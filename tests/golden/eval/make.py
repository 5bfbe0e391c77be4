"""Wrote the files beside it; run again only when a format changes on purpose.

The run has ties, negative scores, ids with spaces, and a query without judgements.
"""

from __future__ import annotations

from pathlib import Path

from mnemic.eval.trec import write_qrels, write_run
from mnemic.types import Qrels, Run

HERE = Path(__file__).parent
PLAIN = Run(
    "golden",
    {
        "2": {"d3": 1.25, "d1": 1.25, "d2": -0.5},
        "10": {"d1": 1 / 3, "d9": 1e-7, "d4": -1e-9},
        "unjudged": {"d1": 12345.678901},
    },
)
SPACED = Run("two words", {"q 1": {"Lilu (mythology)": 2.0, "Alû": 2.0000001}})
QRELS = Qrels({"2": {"d1": 2, "d3": 0, "d7": 1}, "10": {"d4": 1}, "11": {"d1": 1}})


def write(folder: Path) -> None:
    """Write every golden file into ``folder``."""
    write_run(folder / "plain.trec", PLAIN)
    write_run(folder / "spaced.trec", SPACED)
    write_qrels(folder / "qrels.trec", QRELS)
    write_qrels(folder / "qrels.tsv", QRELS, form="beir")


if __name__ == "__main__":
    write(HERE)
