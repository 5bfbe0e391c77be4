"""What goes on in the background of a collection: waited for, or told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.api.cli.progress import Progress

if TYPE_CHECKING:
    from mnemic.retrieval.collections.records import MergeStats
    from mnemic.sdk import Collection

WORTH_SECONDS = 1.0
"""What takes less is not told."""
MEBIBYTE = 2**20


def settle(collection: Collection, *, quiet: bool) -> None:
    """Make the merges that are due, with progress on stderr; interrupted, the next add does them.

    Args:
        collection: Whose segments are merged.
        quiet: Keep stderr free where it is no terminal.
    """
    with Progress(total=0, unit="MiB merged", quiet=quiet, waiting="merging segments") as bar:

        def report(done: int, total: int) -> None:
            bar.update(done, records=done // MEBIBYTE, total=total)

        collection.settle(report)


def left(merges: MergeStats) -> str:
    """How far the running merge is; empty where none runs, or it is done in a moment."""
    if not merges.running or (merges.seconds_left or 0.0) < WORTH_SECONDS:
        return ""
    return f"merging, {merges.done:.0%} done, about {merges.seconds_left:.0f} s left"
