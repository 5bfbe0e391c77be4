"""A commit that fails takes its files with it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.errors import MnemicError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mnemic.indexes.storage import SegmentEntry
    from mnemic.retrieval.collections.replica import Replica

log = logging.getLogger(__name__)


@contextmanager
def undone(replica: Replica) -> Iterator[set[str]]:
    """Delete the files whose names are put into the set, should the block fail.

    Somebody who took over may have erased what they hold, and will not sweep again.
    """
    written: set[str] = set()
    try:
        yield written
    except BaseException:
        try:
            _delete(replica, written)
        except MnemicError:
            # The first failure is the one to report; the next commit sweeps.
            log.warning("files of a commit of %r stay for now", replica.name, exc_info=True)
        raise


def files_of(entries: Iterable[SegmentEntry | None]) -> set[str]:
    """The names of all files of segments; ``None`` stands for one that is only in memory."""
    return {file.name for entry in entries if entry is not None for file in entry.all_files}


def _delete(replica: Replica, names: set[str]) -> None:
    # The commit may have failed after its manifest was in place. What is in no manifest now will
    # never be in one: segments that have left it do not come back, and new ones are ours alone.
    current = replica.manifests.load()
    gone = names - ({file.name for file in current.files} if current else set())
    for name in sorted(gone):
        replica.directory.delete(name)
    if gone:
        replica.directory.sync()
