"""The collection that a user holds: documents in, rankings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from mnemic.errors import Unsupported
from mnemic.sdk import arguments
from mnemic.sdk.retrievers import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections import (
        AddReport,
        CollectionStats,
        ErasureReceipt,
    )
    from mnemic.retrieval.collections import Collection as Engine
    from mnemic.retrieval.hybrid import HybridSpec
    from mnemic.retrieval.lexical import BM25Spec
    from mnemic.retrieval.protocols import Retriever
    from mnemic.types import Document, Filter, Query, Ranking

OnDuplicate = Literal["error", "skip", "replace"]


class Collection:
    """Documents and the indexes over them; made by ``Database.collection``.

    Every change is durable when its method returns, and every search sees it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def name(self) -> str:
        """The name that it was created under."""
        return self._engine.name

    @property
    def id(self) -> int:
        """The catalogue's number for it; never used again after a drop."""
        return self._engine.id

    @property
    def analyzer(self) -> Analyzer:
        """How text becomes terms here; fixed when the collection was created."""
        return self._engine.analyzer

    def add(
        self, documents: Iterable[Document], *, on_duplicate: OnDuplicate = "error"
    ) -> AddReport:
        """Store documents in one transaction; durable and searchable when it returns.

        Args:
            documents: New documents.
            on_duplicate: What to do with an id that exists: ``"error"`` stores nothing and raises,
                ``"skip"`` keeps the old one, ``"replace"`` takes the new one where it differs.

        Raises:
            Conflict: An id exists already, or another process is writing.
            InvalidInput: A document is malformed; the message names it.
            LimitExceeded: A document is too large, or the disk is full.
        """
        return self._engine.add(arguments.documents(documents), on_duplicate=on_duplicate)

    def upsert(self, documents: Iterable[Document]) -> AddReport:
        """Store documents, replacing those with the same id; unchanged ones are skipped."""
        return self._engine.upsert(arguments.documents(documents))

    def delete(self, ids: Iterable[str]) -> int:
        """Hide documents from every search, at once; how many there were. Merges reclaim space."""
        return self._engine.delete(arguments.document_ids(ids))

    def erase(self, ids: Iterable[str]) -> ErasureReceipt:
        """Remove every byte of documents; the receipt says what could not be reached."""
        return self._engine.erase(arguments.document_ids(ids))

    def get(self, ids: Iterable[str]) -> list[Document]:
        """Documents in the order of their ids.

        Raises:
            NotFound: An id does not exist; the message names it.
        """
        return self._engine.get(arguments.document_ids(ids))

    def documents(self) -> Iterator[Document]:
        """Every document in insertion order, streamed."""
        return self._engine.documents()

    def __iter__(self) -> Iterator[Document]:
        return self.documents()

    def __len__(self) -> int:
        return len(self._engine)

    def __bool__(self) -> bool:
        # An empty collection is still a collection: `if papers:` must not depend on its size.
        return True

    def count(self, substring: str) -> int:
        """Occurrences of an exact substring; needs the n-gram index of a later version.

        Raises:
            Unsupported: Always, in this version.
        """
        raise Unsupported(
            "counting substrings needs the n-gram index, which this version does not have",
            hint="len(collection) counts documents; search with retriever='bm25' finds words.",
        )

    def reindex(self, *, encoder: Any) -> None:
        """Build the vectors of another encoder; needs the encoders of a later version.

        Raises:
            Unsupported: Always, in this version.
        """
        raise Unsupported(
            f"the encoder {encoder!r} is not installed in this version of mnemic",
            hint="BM25 needs no encoder; rebuild() renews its segments.",
        )

    def search(
        self,
        query: str | Query,
        k: int = 10,
        *,
        retriever: str | BM25Spec | HybridSpec | Retriever | None = None,
        filter: Mapping[str, Any] | Filter | None = None,
        explain: bool = False,
        per_passage: bool = False,
    ) -> Ranking:
        """The best ``k`` documents for one query, with text, snippet and metadata.

        Args:
            query: The question.
            k: Most hits; 0 gives none, more than there are gives all that match.
            retriever: A name, a spec or a retriever; ``None`` is the collection's default.
            filter: A filter of the JSON grammar, such as ``{"year": {"$gte": 2020}}``.
            explain: Fill in ``Hit.explanation``.
            per_passage: Give passages instead of documents; only for vector retrievers.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
            Unsupported: This version does not have the retriever, or it has no passages.
        """
        if per_passage:
            raise Unsupported(
                "BM25 ranks whole documents, so per_passage=True has nothing to give",
                hint="Leave per_passage out; Hit.snippet shows the matching part.",
            )
        chosen = self.retriever(retriever)
        return self._engine.search(query, k, retriever=chosen, filter=filter, explain=explain)

    def search_many(
        self,
        queries: Sequence[str | Query],
        k: int = 10,
        *,
        retriever: str | BM25Spec | HybridSpec | Retriever | None = None,
        filter: Mapping[str, Any] | Filter | None = None,
        text: bool = True,
    ) -> list[Ranking]:
        """One ranking per query, in their order; a batch is much faster than a loop.

        Args:
            queries: Texts, or queries with ids.
            k: Most hits per query.
            retriever: As in ``search``.
            filter: As in ``search``, for all queries alike.
            text: Fill in title, text, metadata and snippet; without it, only ids and scores.
        """
        chosen = self.retriever(retriever)
        return self._engine.search_many(queries, k, retriever=chosen, filter=filter, text=text)

    def retriever(self, wanted: str | BM25Spec | HybridSpec | Retriever | None = None) -> Retriever:
        """The retriever value behind a name or a spec, bound to this collection.

        Raises:
            InvalidInput: The name is unknown.
            Unsupported: This version does not have it.
        """
        return resolve(wanted, self._engine)

    def flush(self) -> None:
        """Write the in-memory tail into a segment, so that other processes open faster."""
        self._engine.flush()

    def compact(self) -> None:
        """Merge all segments into one and reclaim the space of deleted documents."""
        self._engine.compact()

    def rebuild(self) -> None:
        """Make every derived segment anew from the catalogue; repairs damaged files."""
        self._engine.rebuild()

    def stats(self) -> CollectionStats:
        """Counts and sizes."""
        return self._engine.stats()

    def verify(self) -> list[str]:
        """Read every file and compare it with the catalogue; the problems that were found."""
        return self._engine.verify()

    def close(self) -> None:
        """Flush and let go of the files; a second call does nothing."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mnemic.Collection {self.name!r}>"
