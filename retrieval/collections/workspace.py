"""A folder with a catalogue and the segments of its collections."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from mnemic.catalogue import Catalogue
from mnemic.errors import Forbidden, IndexCorrupt, InvalidInput, NotFound
from mnemic.indexes.storage import FileDirectory
from mnemic.retrieval.analysis import Analyzer, AnalyzerSpec
from mnemic.retrieval.collections.collection import Collection
from mnemic.retrieval.collections.embedding import Embedder
from mnemic.retrieval.collections.encoders import Encoders
from mnemic.retrieval.collections.merger import Limits
from mnemic.retrieval.collections.replica import Replica
from mnemic.retrieval.collections.wanted import ENCODERS, as_settings
from mnemic.retrieval.collections.writer import LOCAL, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mnemic.catalogue import CollectionRecord
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.encoders import OpenEncoder
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.settings import Settings

CATALOGUE = "catalogue.sqlite"
SEGMENTS = "collections"
MAX_NAME = 128


class Workspace:
    """Opens collections and keeps one replica and one writer for each.

    Args:
        path: The folder.
        catalogue: Its open catalogue.
        settings: Threads and waiting times.
        open_encoder: Opens the encoder of a stored spec; by default one of those that mnemic knows.
    """

    def __init__(
        self,
        path: Path,
        catalogue: Catalogue,
        settings: Settings,
        *,
        open_encoder: OpenEncoder | None = None,
    ) -> None:
        self.path = path
        self.catalogue = catalogue
        self.settings = settings
        self._open_encoder = open_encoder or self._known_encoder
        self._lock = Lock()
        self._open: dict[int, tuple[Replica, Writer, Embedder]] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        settings: Settings,
        create: bool = True,
        open_encoder: OpenEncoder | None = None,
    ) -> Self:
        """Open a folder, making it where ``create`` allows.

        Args:
            path: The folder.
            settings: Threads and waiting times.
            create: Make it where it does not exist.
            open_encoder: As in the class.

        Raises:
            NotFound: There is nothing at the path, and ``create`` is False.
            InvalidInput: The path is a file.
            IndexCorrupt: The folder has segments but no catalogue.
            Forbidden: The folder cannot be written.
        """
        path = path.absolute()
        file = path / CATALOGUE
        if path.exists() and not path.is_dir():
            raise InvalidInput(f"{path} is a file", hint="name a folder")
        if not settings.catalogue and not file.exists():
            _check_new(path, create=create)
        url = settings.catalogue or file
        catalogue = Catalogue.open(url, create=create, lock_wait=max(settings.lock_wait, 5.0))
        return cls(path, catalogue, settings, open_encoder=open_encoder)

    def names(self, *, actor: str | None = None) -> list[str]:
        """The collections that an actor may read, sorted."""
        with self.catalogue.reading() as tx:
            records = tx.collections.all()
            return sorted(
                record.name
                for record in records
                if actor is None or tx.grants.role(record.id, actor) is not None
            )

    def create(
        self,
        name: str,
        *,
        actor: str | None = None,
        analyzer: AnalyzerSpec | None = None,
        encoders: Sequence[TextEncoder] = (),
    ) -> Collection:
        """Make a collection; its creator owns it.

        Args:
            name: 1 to 128 printable characters.
            actor: Who makes it; ``None`` is the local administrator.
            analyzer: How text becomes terms; English by default.
            encoders: At most one dense and one sparse; their vectors follow every write.

        Raises:
            Conflict: The name is taken.
            InvalidInput: The name is empty, too long or has control characters, the analysis is
                not one that exists, or there are two encoders of one kind.
        """
        _check_name(name)
        spec = AnalyzerSpec() if analyzer is None else analyzer
        # Before anything is stored: a collection that cannot be analysed could never be opened.
        Analyzer(spec)
        settings: dict[str, Any] = {"analyzer": asdict(spec)}
        if encoders:
            settings[ENCODERS] = as_settings(encoders)
        with self.catalogue.transaction() as tx:
            record = tx.collections.create(name, settings=settings)
            if actor is not None:
                tx.grants.give(record.id, actor, "owner")
            tx.audit.append(actor or LOCAL, "collection.create", f"collection:{name}", {})
        return self._collection(record, actor)

    def collection(self, name: str, *, actor: str | None = None) -> Collection:
        """Open a collection.

        Raises:
            NotFound: No collection has this name.
            Forbidden: The actor has no grant.
        """
        with self.catalogue.reading() as tx:
            record = tx.collections.get(name)
            if actor is not None:
                tx.grants.require(record.id, actor, "reader")
        return self._collection(record, actor)

    def _collection(self, record: CollectionRecord, actor: str | None) -> Collection:
        replica, writer, embedder = self._parts(record)
        wait = self.settings.encode_wait
        return Collection(replica, writer, actor=actor, embedder=embedder, encode_wait=wait)

    def _parts(self, record: CollectionRecord) -> tuple[Replica, Writer, Embedder]:
        with self._lock:
            if record.id not in self._open:
                self._open[record.id] = self._opened(record)
            return self._open[record.id]

    def _known_encoder(self, spec: Mapping[str, Any]) -> TextEncoder:
        from mnemic.retrieval.encoders.opening import open_encoder
        from mnemic.retrieval.encoders.specs import EncoderSpec

        return open_encoder(EncoderSpec.from_json(spec), self.settings)

    def _tokenizer(self, spec: Mapping[str, Any]) -> Tokenizer:
        from mnemic.llm.tokenizer import Tokenizer

        return Tokenizer.open(str(spec["model"]), settings=self.settings)

    def _opened(self, record: CollectionRecord) -> tuple[Replica, Writer, Embedder]:
        replica = Replica(
            self.catalogue,
            record,
            FileDirectory(self.path / SEGMENTS / record.storage_key),
            Analyzer(AnalyzerSpec(**record.settings["analyzer"])),
            threads=self.settings.threads,
        )
        wait, endpoint = self.settings.lock_wait, self.settings.openai_base_url
        limits = Limits(rate=self.settings.merge_rate, memory=self.settings.merge_memory)
        writer = Writer(replica, lock_wait=wait, endpoint=endpoint, limits=limits)
        encoders = Encoders(record.name, self._open_encoder, self._tokenizer)
        return replica, writer, Embedder(replica, writer, encoders)

    def drop(self, name: str, *, actor: str | None = None) -> None:
        """Remove a collection with its documents and files.

        Raises:
            Forbidden: The actor does not own it.
            Conflict: Another process is writing it.
        """
        with self.catalogue.reading() as tx:
            record = tx.collections.get(name)
            if actor is not None:
                tx.grants.require(record.id, actor, "owner")
        replica, writer, embedder = self._parts(record)
        embedder.stop()
        with writer.dropping():
            with self.catalogue.transaction() as tx:
                writer.lease.fence(tx)
                tx.collections.remove(replica.id)
                tx.audit.append(actor or LOCAL, "collection.drop", f"collection:{name}", {})
                # Before the commit: a crash in between leaves documents without segments, which
                # are made again, and never segments without a collection.
                try:
                    replica.discard()
                    self._remove_folder(record)
                except BaseException:
                    replica.forget()
                    raise
            with self._lock:
                self._open.pop(replica.id, None)
            writer.lease.release()
        writer.close()

    def _remove_folder(self, record: CollectionRecord) -> None:
        folder = self.path / SEGMENTS / record.storage_key
        try:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        except OSError as error:
            raise Forbidden(f"{folder} cannot be removed: {error.strerror}") from error

    def close(self) -> None:
        """Flush every collection and close the catalogue."""
        with self._lock:
            opened, self._open = list(self._open.values()), {}
        # Every one is closed, whatever the others raise; the first error comes out at the end.
        with ExitStack() as closing:
            closing.callback(self.catalogue.close)
            for _, writer, embedder in reversed(opened):
                closing.callback(writer.close)
                closing.callback(embedder.stop)


def _check_new(path: Path, *, create: bool) -> None:
    if (path / SEGMENTS).is_dir() and any((path / SEGMENTS).iterdir()):
        raise IndexCorrupt(
            f"{path} has segments but no {CATALOGUE}",
            hint="restore the catalogue from a backup; segments alone cannot be opened",
        )
    if not create:
        raise NotFound(f"there is no mnemic data in {path}", hint="mnemic add makes it")
    try:
        path.mkdir(parents=True, exist_ok=True)
        # The folder's own name must survive a power cut as surely as what is put into it.
        parent = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    except OSError as error:
        raise Forbidden(f"{path} cannot be made: {error.strerror}") from error


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidInput(
            f"collection name {name!r} cannot be used", hint=f"1 to {MAX_NAME} printable characters"
        )
