"""Vectors for a collection that is evaluated: one encoder after the other, each timed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from mnemic.api.cli.encoding import WAITING
from mnemic.api.cli.progress import Progress
from mnemic.eval.meters import Meter
from mnemic.eval.report import Indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.api.cli.eval_costs import Costs
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.sdk import Collection

NOTED_SECONDS = 5.0


def encoded(
    collection: Collection,
    encoders: Sequence[TextEncoder],
    costs: Costs,
    *,
    save: Callable[[Costs], None],
    quiet: bool,
) -> Costs:
    """Encode what an earlier, interrupted run has not.

    Args:
        collection: Whose documents.
        encoders: At most one dense and one sparse.
        costs: What the index has cost so far.
        save: Keeps what it has cost every few seconds, so that an interruption loses little of it.
        quiet: Keep stderr free where it is no terminal.
    """
    for count in range(1, len(encoders) + 1):
        costs = _encoded(collection, encoders[:count], costs, save=save, quiet=quiet)
    return costs


def _encoded(
    collection: Collection,
    encoders: Sequence[TextEncoder],
    costs: Costs,
    *,
    save: Callable[[Costs], None],
    quiet: bool,
) -> Costs:
    """Encode under the last of the encoders; the others are done."""
    role = encoders[-1].kind
    waiting = {item.role: item.pending for item in collection.stats().encoders}
    before = costs.vectors.get(role, Indexing(len(collection), 0.0, 0, 0))
    if role in costs.vectors and waiting.get(role) == 0:
        return costs

    def so_far(made: Indexing) -> Costs:
        return replace(costs, vectors={**costs.vectors, role: made})

    meter, began = Meter(), time.perf_counter()
    noted = began
    unit = f"documents encoded by {encoders[-1].spec.model}"
    progress = Progress(total=0, unit=unit, quiet=quiet, speed=True, waiting=WAITING)
    with progress as bar, meter.stage("encode"):

        def report(done: int, total: int) -> None:
            nonlocal noted
            bar.update(done, records=done, total=total)
            if (now := time.perf_counter()) - noted > NOTED_SECONDS:
                noted = now
                save(so_far(replace(before, seconds=before.seconds + now - began)))

        collection.reindex(encoder=[encoder.spec for encoder in encoders], progress=report)
    (stage,) = meter.stages
    sizes = {item.role: item.bytes for item in collection.stats().encoders}
    seconds, peak = before.seconds + stage.seconds, stage.peak_rss_bytes
    costs = so_far(Indexing(len(collection), seconds, sizes[role], peak))
    save(costs)
    return costs
