"""Results of finished batches on disk, so that a run that was cut off goes on where it stopped.

A part file is a header line and one line per batch: a hash of the rest, a space, and JSON. Each
batch is synced before the next begins; a torn last line is cut off when the file is opened.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

import orjson
import xxhash

from mnemic.errors import Conflict, IndexCorrupt
from mnemic.eval.files import typed_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

MAGIC = "mnemic-part-1"
Rankings = dict[str, dict[str, float]]


class PartFile:
    """One writer's part file; a context manager that holds a lock on it.

    Args:
        path: Where it lies; made when it does not exist.
        fingerprint: Of everything that the results depend on.
        resume: Go on with what is there; otherwise begin anew.

    Raises:
        Conflict: Another process writes it, or (resuming) it belongs to another evaluation.
        IndexCorrupt: A line before the last is damaged.
    """

    def __init__(self, path: Path, *, fingerprint: str, resume: bool) -> None:
        self.path = path
        self.rankings: Rankings = {}
        with typed_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("a+b")
        try:
            self._lock()
            self._load(fingerprint, resume=resume)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, rankings: Mapping[str, Mapping[str, float]]) -> None:
        """Add a batch's rankings; they are on disk when this returns.

        Raises:
            LimitExceeded: The disk is full; what was there before stays good.
        """
        self._write({"rankings": {query: dict(found) for query, found in rankings.items()}})
        self.rankings |= {query: dict(found) for query, found in rankings.items()}

    def remove(self) -> None:
        """Delete the file: the final run stands in its place."""
        with typed_errors(self.path):
            self.path.unlink(missing_ok=True)

    def _lock(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"{self.path} is being written by another process",
                hint="wait for it, or use another --out",
            ) from error

    def _load(self, fingerprint: str, *, resume: bool) -> None:
        self._file.seek(0)
        end = self._read_batches(fingerprint) if resume else 0
        with typed_errors(self.path):
            self._file.truncate(end)
        if end == 0:
            self._write({"magic": MAGIC, "fingerprint": fingerprint})

    def _read_batches(self, fingerprint: str) -> int:
        end = 0
        for line in self._file:
            record = _record(line)
            if record is None:
                if line.endswith(b"\n") and self._file.readline():
                    raise IndexCorrupt(
                        f"{self.path} is damaged at byte {end}", hint="run without --resume"
                    )
                break
            if end == 0:
                self._require(record, fingerprint)
            else:
                self.rankings |= record["rankings"]
            end += len(line)
        return end

    def _require(self, header: dict[str, Any], fingerprint: str) -> None:
        if header.get("magic") != MAGIC or header.get("fingerprint") != fingerprint:
            raise Conflict(
                f"{self.path} was begun with another data set, retriever, depth or version",
                hint="run without --resume to begin anew, or use another --out",
            )

    def _write(self, record: dict[str, Any]) -> None:
        payload = orjson.dumps(record)
        line = xxhash.xxh3_64_hexdigest(payload).encode() + b" " + payload + b"\n"
        with typed_errors(self.path):
            self._file.seek(0, os.SEEK_END)
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())


def _record(line: bytes) -> dict[str, Any] | None:
    digest, _, payload = line.partition(b" ")
    whole = payload.endswith(b"\n")
    payload = payload.removesuffix(b"\n")
    if not whole or xxhash.xxh3_64_hexdigest(payload).encode() != digest:
        return None
    record: dict[str, Any] = orjson.loads(payload)
    return record
