"""The collection: documents that are stored once and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from mnemic.errors import InvalidInput
from mnemic.retrieval import filters
from mnemic.retrieval.collections.hydration import hydrated
from mnemic.retrieval.collections.records import AddReport, CollectionStats, ErasureReceipt
from mnemic.retrieval.collections.verification import verify
from mnemic.retrieval.lexical import bm25
from mnemic.retrieval.protocols import SupportsExplanation
from mnemic.retrieval.questions import checked_k, checked_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Literal

    from mnemic.catalogue import Role
    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.collections.writer import Writer
    from mnemic.retrieval.lexical import BM25Retriever
    from mnemic.retrieval.protocols import Retriever
    from mnemic.types import Document, Filter, Query, Ranking

REFRESH_SECONDS = 0.5


class Collection:
    """One collection as one actor sees it. Made by ``Workspace``; safe to share among threads.

    Args:
        replica: This process's view of the segments and the tail.
        writer: The way to change it.
        actor: Who asks; ``None`` is the local administrator.
    """

    def __init__(self, replica: Replica, writer: Writer, *, actor: str | None) -> None:
        self._replica = replica
        self._writer = writer
        self._actor = actor

    @property
    def name(self) -> str:
        """The user's name for it."""
        return self._replica.name

    @property
    def id(self) -> int:
        """The catalogue's number for it."""
        return self._replica.id

    @property
    def analyzer(self) -> Analyzer:
        """What turns its texts and its queries into terms."""
        return self._replica.analyzer

    def __repr__(self) -> str:
        return f"Collection({self.name!r})"

    def __len__(self) -> int:
        self._require("reader")
        return self._fresh().documents

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(
        self,
        documents: Iterable[Document],
        *,
        on_duplicate: Literal["error", "skip", "replace"] = "error",
    ) -> AddReport:
        """Store documents in one transaction; durable and searchable when it returns.

        Args:
            documents: Any number; ids must be unique among them.
            on_duplicate: What an id that exists already does: ``error`` refuses the whole batch,
                ``skip`` leaves the stored document, ``replace`` puts the new one in its place
                (and skips it where nothing changed).

        Raises:
            Conflict: An id exists (``error``), or another process is writing.
            InvalidInput: A document cannot be stored; nothing of the batch was.
            LimitExceeded: The disk is full.
        """
        self._require("writer")
        return self._writer.add(documents, actor=self._actor, on_duplicate=on_duplicate)

    def upsert(self, documents: Iterable[Document]) -> AddReport:
        """Store documents, replacing those whose ids exist."""
        return self.add(documents, on_duplicate="replace")

    def delete(self, ids: Sequence[str]) -> int:
        """Remove documents from every search at once; returns how many there were."""
        self._require("writer")
        return len(self._writer.delete(ids, actor=self._actor).ordinals)

    def erase(self, ids: Sequence[str]) -> ErasureReceipt:
        """Remove documents and every byte of them, older versions included; O(segments touched)."""
        self._require("writer")
        return self._writer.erase(ids, actor=self._actor)

    def get(self, ids: Sequence[str]) -> list[Document]:
        """Documents by id, in the order of the ids.

        Raises:
            NotFound: An id is not there; the message names it.
        """
        self._require("reader")
        with self._replica.catalogue.reading() as tx:
            return tx.documents.get(self._replica.id, ids)

    def documents(self) -> Iterator[Document]:
        """All documents in the order in which they were added; streams."""
        self._require("reader")
        with self._replica.catalogue.reading() as tx:
            for batch in tx.documents.iterate(self._replica.id):
                for stored in batch:
                    yield stored.document

    def search(
        self,
        query: str | Query,
        k: int = 10,
        *,
        retriever: Retriever | None = None,
        filter: Any = None,
        explain: bool = False,
    ) -> Ranking:
        """The best ``k`` documents for a question, with text, metadata, snippet and passage.

        Args:
            query: The question.
            k: Most hits; 0 gives none, more than there are gives all that match.
            retriever: Finds and scores; ``None`` for BM25.
            filter: JSON filter on metadata (docs/guides/filters.md).
            explain: Say for each hit how its score came about.

        Raises:
            InvalidInput: ``k``, the query or the filter cannot be used.
        """
        self._require("reader")
        checked_k(k)
        [asked] = checked_queries([query])
        used = retriever or self.bm25()
        if not explain:
            [ranking] = used.search([asked], k, filter=filter)
        elif isinstance(used, SupportsExplanation):
            ranking = used.search_explained(asked, k, filter=filter)
        else:
            raise InvalidInput(f"retriever {used.name!r} cannot explain its scores")
        return hydrated(self._replica, ranking)

    def search_many(
        self,
        queries: Sequence[str | Query],
        k: int = 10,
        *,
        retriever: Retriever | None = None,
        filter: Any = None,
        text: bool = True,
    ) -> list[Ranking]:
        """One ranking per query; ``text=False`` leaves hits with ids and scores, as runs need."""
        self._require("reader")
        found = (retriever or self.bm25()).search(queries, k, filter=filter)
        return [hydrated(self._replica, ranking) for ranking in found] if text else found

    def bm25(
        self,
        *,
        k1: float = 0.9,
        b: float = 0.4,
        variant: str = "lucene",
        delta: float | None = None,
    ) -> BM25Retriever:
        """The BM25 retriever over this collection."""
        return bm25(k1=k1, b=b, variant=variant, delta=delta).bind(self)

    def view(self, filter: Any) -> tuple[Snapshot, tuple[Bitmap, ...] | None]:
        """What a search that starts now sees, and what a filter allows of it (for retrievers)."""
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        snapshot = self._fresh()
        return snapshot, snapshot.allowed(parsed, self._matching)

    def _matching(self, filter: Filter) -> Any:
        with self._replica.catalogue.reading() as tx:
            return tx.documents.matching(self._replica.id, filter)

    def _fresh(self) -> Snapshot:
        if self._writer.lease.held and not self._replica.behind:
            return self._replica.snapshot
        return self._replica.fresh(REFRESH_SECONDS)

    def _require(self, role: Role) -> None:
        """Refuse an actor without the role, before anything is done or waited for."""
        if self._actor is not None:
            with self._replica.catalogue.reading() as tx:
                tx.grants.require(self._replica.id, self._actor, role)

    def flush(self) -> bool:
        """Write what is in memory into a segment; False when there was nothing to write."""
        self._require("writer")
        return self._writer.flush()

    def compact(self) -> None:
        """Join all segments into one and reclaim what is deleted; O(collection)."""
        self._require("writer")
        self._writer.compact()

    def rebuild(self) -> None:
        """Make all segments again from the catalogue, which is the truth; O(collection)."""
        self._require("writer")
        self._writer.rebuild()

    def stats(self) -> CollectionStats:
        """Counts and sizes."""
        self._require("reader")
        snapshot = self._fresh()
        saved = [piece.entry for piece in snapshot.pieces if piece.entry is not None]
        return CollectionStats(
            documents=snapshot.documents,
            deleted=sum(piece.deleted for piece in snapshot.pieces),
            segments=len(saved),
            tail=self._replica.tail,
            bytes=sum(file.size for entry in saved for file in entry.files),
            generation=self._replica.generation,
        )

    def verify(self) -> list[str]:
        """What does not hold: damaged files, documents that index and catalogue do not share.

        Reads every byte of every segment; empty when all is well.
        """
        self._require("reader")
        return verify(self._replica)

    def close(self) -> None:
        """Flush, and let other processes write. Using it again is fine."""
        self._writer.close()
