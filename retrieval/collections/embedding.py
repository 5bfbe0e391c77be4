"""The durable job that gives documents vectors and tokens, in one process at a time.

It is queued in the transaction that stores the documents, so no crash can forget it; what has been
encoded is committed piece by piece, so no crash makes it begin again.
"""

from __future__ import annotations

import atexit
import logging
import secrets
import time
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from mnemic.errors import Conflict, MnemicError
from mnemic.retrieval.collections.heartbeat import Heartbeat
from mnemic.retrieval.collections.wanted import stale, swapped, tasks
from mnemic.retrieval.vectors.track import KINDS, NEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mnemic.catalogue import Job
    from mnemic.retrieval.collections.chunks import Chunk
    from mnemic.retrieval.collections.encoders import Encoders
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.collections.wanted import Task
    from mnemic.retrieval.collections.writer import Writer
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Fingerprint

EMBED = "embed"
LEASE_SECONDS = 20.0
POLL_SECONDS = 0.1
ELSEWHERE_SECONDS = 1.0
COMMIT_WAIT = 600.0
log = logging.getLogger(__name__)


def embed_kind(collection_id: int) -> str:
    """The kind of a collection's embedding jobs."""
    return f"{EMBED}:{collection_id}"


class Embedder:
    """Encodes what waits; at most one thread, started when there is work.

    Args:
        replica: Whose documents.
        writer: Commits the vectors.
        encoders: What it encodes with.
    """

    def __init__(self, replica: Replica, writer: Writer, encoders: Encoders) -> None:
        self._replica = replica
        self._writer = writer
        self.encoders = encoders
        self._kind = embed_kind(replica.id)
        self._owner = secrets.token_hex(8)
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None
        self._ended = Event()
        self._again = False
        self._error: Exception | None = None
        self._failed: dict[tuple[str, str], MnemicError] = {}
        self._done = self._total = 0

    @property
    def active(self) -> bool:
        """Whether this process is encoding."""
        with self._lock:
            return self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """Encode what waits, in the background; waits itself only for a stop to take effect."""
        while (ending := self._awake()) is not None:
            ending.join()

    def _awake(self) -> Thread | None:
        """See to it that a thread is at work; one that is about to stop is returned."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                self._again = True
                return self._thread if self._stop.is_set() else None
            self._stop.clear()
            self._again, self._error, self._done, self._total = True, None, 0, 0
            self._ended = Event()
            self._thread = Thread(
                target=self._run,
                args=(self._ended,),
                name=f"mnemic {self._kind}",
                daemon=True,
            )
            # A thread inside native code must not meet the end of the interpreter.
            atexit.register(self.stop)
            self._thread.start()
            return None

    def wait(self, seconds: float) -> bool:
        """Wait for the background work; whether it has ended."""
        with self._lock:
            ended = None if self._thread is None else self._ended
        # Not Thread.join: Ctrl-C in it takes a thread that runs for one that has ended (bpo-45274).
        if ended is not None:
            ended.wait(seconds)
        return not self.active

    def finish(
        self,
        progress: Callable[[int, int], None] | None = None,
        *,
        kinds: Collection[str] = KINDS,
    ) -> None:
        """Encode everything that waits, and return when it is committed.

        Args:
            progress: Told documents done and documents in all, several times a second.
            kinds: Which tracks the caller asks for; what keeps only others waiting stands in the
                log.

        Raises:
            NotFound: A model is not there; the hint has the command that fetches it.
            DimensionMismatch: A model is not the one that the collection was made with.
            Conflict: The collection was closed meanwhile, by another thread.
        """
        self.wake()
        try:
            while not self.wait(POLL_SECONDS):
                if progress is not None:
                    progress(self._done, self._total)
        except BaseException:
            self.stop()
            raise
        if progress is not None:
            progress(self._done, self._total)
        if self._error is not None and self._left(kinds):
            raise self._error
        if self._stop.is_set() and self._waiting():
            raise Conflict(
                f"collection {self._replica.name!r} was closed while it was encoded",
                hint="What is committed stays; embed() goes on with the rest.",
            )

    def stop(self) -> None:
        """Commit what is encoded, and end; the rest waits for the next time."""
        with self._lock:
            self._stop.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self, ended: Event) -> None:
        try:
            while self._begin():
                self._work()
        except Exception as error:
            with self._lock:
                self._error, self._thread = error, None
                atexit.unregister(self.stop)
            log.warning("documents of %r wait to be encoded: %s", self._replica.name, error)
        finally:
            ended.set()

    def _begin(self) -> bool:
        """Whether something may have come since the last look."""
        with self._lock:
            again, self._again = self._again, False
            if not again or self._stop.is_set():
                self._thread = None
                atexit.unregister(self.stop)
                return False
            return True

    def _work(self) -> None:
        while not self._stop.is_set() and self._waiting():
            job = self._lease()
            if job is None:
                # Another process is at it, or the last failure was a moment ago.
                self._stop.wait(ELSEWHERE_SECONDS)
                continue
            self._total = self._done + self._pending()
            self._failed.clear()
            heartbeat = Heartbeat(self._replica.catalogue, job, self._state)
            try:
                with heartbeat:
                    while self._step(heartbeat):
                        pass
            except Exception as error:
                self._report(job, error=str(error))
                raise
            self._report(job, done=not self._waiting())

    def _state(self) -> tuple[int, int]:
        return self._done, self._total

    def _lease(self) -> Job | None:
        with self._replica.catalogue.transaction() as tx:
            tx.jobs.enqueue(self._kind, {}, key=EMBED)
            return tx.jobs.lease([self._kind], owner=self._owner, seconds=LEASE_SECONDS)

    def _report(self, job: Job, *, done: bool = False, error: str = "") -> None:
        try:
            with self._replica.catalogue.transaction() as tx:
                if error:
                    tx.jobs.fail(job, error)
                elif done:
                    tx.jobs.complete(job)
                else:
                    tx.jobs.release(job)
        except MnemicError:
            # Somebody else has the job, or the collection is gone; the vectors say what is left.
            log.debug("the end of job %d could not be reported", job.id, exc_info=True)

    def _waiting(self) -> bool:
        self._replica.refresh()
        snapshot, settings = self._replica.snapshot, self._replica.settings
        return bool(tasks(settings, snapshot) or stale(settings, snapshot.tracks, snapshot))

    def _left(self, kinds: Collection[str]) -> bool:
        todo = tasks(self._replica.settings, self._replica.snapshot)
        return any(task.spec["kind"] in kinds for task in todo)

    def _pending(self) -> int:
        snapshot = self._replica.snapshot
        todo = tasks(self._replica.settings, snapshot)
        return sum(snapshot.pending(task.role) for task in todo)

    def _step(self, heartbeat: Heartbeat) -> bool:
        """Encode and commit one segment; False when nothing is left or somebody wants an end."""
        if self._stop.is_set() or heartbeat.lost or not self._waiting():
            return False
        todo = tasks(self._replica.settings, self._replica.snapshot)
        if not todo:
            self._commit(lambda snapshot: dict(snapshot.tracks))
            return True
        for task in todo:
            if (task.role, task.digest) not in self._failed and self._did(task, heartbeat):
                return True
        raise self._failure(todo)

    def _did(self, task: Task, heartbeat: Heartbeat) -> bool:
        """Encode and commit the next of one task; one that fails must not hold up the others."""
        from mnemic.retrieval.collections.chunks import make_chunk

        try:
            work = self.encoders.work(task)
            chunk = make_chunk(
                self._replica,
                work,
                task.start,
                stopped=lambda: self._stop.is_set() or heartbeat.lost,
                progress=self._advance,
            )
        except MnemicError as error:
            self._failed[task.role, task.digest] = error
            return False
        if chunk.next_ordinal > task.start:
            self._commit(lambda snapshot: self._extended(snapshot, task, work.identity, chunk))
        return True

    def _failure(self, todo: list[Task]) -> MnemicError:
        """What stands in the way, now that every task has failed.

        An encoder that is about to be replaced need not work any more.
        """
        replaced = {task.role.removesuffix(NEXT) for task in todo if task.role.endswith(NEXT)}
        return next(
            self._failed[task.role, task.digest] for task in todo if task.role not in replaced
        )

    def _advance(self, documents: int) -> None:
        self._done += documents
        self._total = max(self._total, self._done)

    def _extended(
        self, snapshot: Snapshot, task: Task, identity: Fingerprint, chunk: Chunk
    ) -> dict[str, Track]:
        from mnemic.retrieval.collections.vector_flush import extended

        tracks = dict(snapshot.tracks)
        # Another process may have come first, or the settings have changed; then this was in vain.
        if task in tasks(self._replica.settings, snapshot):
            track = tracks.get(task.role)
            if track is None or track.fingerprint.digest != task.digest:
                track = self._replica.new_track(identity, task.spec)
            tracks[task.role] = extended(track, chunk.piece, chunk.next_ordinal)
        return tracks

    def _commit(self, change: Callable[[Snapshot], dict[str, Track]]) -> None:
        """Commit vectors, waiting for another process that writes."""
        deadline = time.monotonic() + COMMIT_WAIT

        def whole(snapshot: Snapshot) -> dict[str, Track]:
            tracks = change(snapshot)
            gone = stale(self._replica.settings, tracks, snapshot)
            return swapped({r: t for r, t in tracks.items() if r not in gone}, snapshot)

        while True:
            try:
                return self._writer.extend(whole)
            except Conflict:
                if self._stop.is_set() or time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
