"""What goes on in the background of a collection, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.api.cli.output import counted

if TYPE_CHECKING:
    from mnemic.retrieval.collections.records import MergeStats

WORTH_SECONDS = 1.0
"""What takes less is not told."""


def left(merges: MergeStats) -> str:
    """How far the running merge is; empty where none runs, or it is done in a moment."""
    if not merges.running or (merges.seconds_left or 0.0) < WORTH_SECONDS:
        return ""
    return f"merging, {merges.done:.0%} done, about {merges.seconds_left:.0f} s left"


def state(merges: MergeStats) -> str:
    """What an add leaves to be merged; empty where that is nothing."""
    if not merges.excess:
        return ""
    waiting = f"{counted(merges.excess + 1, 'segment')} to be merged with the next writes"
    return "; ".join(filter(None, [waiting, left(merges)]))
