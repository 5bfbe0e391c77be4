"""A commit that fails takes its files with it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.errors import Conflict, IndexCorrupt, MnemicError
from mnemic.indexes.storage import new_segment_id
from mnemic.indexes.storage.names import segment_of, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mnemic.indexes.storage import SegmentEntry
    from mnemic.retrieval.collections.replica import Replica

log = logging.getLogger(__name__)


class Superseded(Exception):
    """Why a ``Conflict``: what was joined or written is not in the collection any more.

    Nothing was changed then, and one who works in the background may just go on.
    """


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


@contextmanager
def making(replica: Replica) -> Iterator[Callable[[], str]]:
    """Give ids for new segments, whose files no sweep touches while the block writes them.

    Should the block fail, they are deleted, unfinished ones too.

    Raises:
        Conflict: Another writer has taken over, and swept them (the cause is ``Superseded``).
    """
    ids: set[str] = set()

    def new_id() -> str:
        name = new_segment_id(replica.generation + 1)
        ids.add(name)
        replica.writing.add(name)
        return name

    try:
        with undone(replica) as written:
            try:
                yield new_id
            except BaseException:
                names = replica.directory.names()
                written |= {each for each in names if segment_of(target_of(each) or each) in ids}
                raise
    except IndexCorrupt as error:
        with replica.lock:
            if replica.knows(replica.manifests.stamp()):
                raise
        raise Conflict(
            f"another process has written {replica.name!r} meanwhile", hint="try again"
        ) from Superseded(str(error))
    finally:
        replica.writing.difference_update(ids)


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
