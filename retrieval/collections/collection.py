"""The collection: documents that are stored once and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from mnemic.errors import InvalidInput
from mnemic.retrieval.collections.hydration import hydrated
from mnemic.retrieval.collections.sizes import stats_of
from mnemic.retrieval.collections.verification import verify
from mnemic.retrieval.collections.views import CollectionView
from mnemic.retrieval.collections.wanted import (
    as_settings,
    followed,
    is_of_tokens,
    token_settings,
)
from mnemic.retrieval.lexical import bm25
from mnemic.retrieval.protocols import SupportsExplanation
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.retrieval.vectors.pieces import DENSE, SPARSE
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Literal

    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.records import AddReport, CollectionStats, ErasureReceipt
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.lexical import BM25Retriever
    from mnemic.retrieval.protocols import Retriever
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Document, Query, Ranking


class Collection(CollectionView):
    """One collection as one actor sees it. Made by ``Workspace``; safe to share among threads."""

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
        encode: Literal["background", "later"] = "background",
    ) -> AddReport:
        """Store documents in one transaction; durable and searchable when it returns.

        Args:
            documents: Any number; ids must be unique among them.
            on_duplicate: What an id that exists already does: ``error`` refuses the whole batch,
                ``skip`` leaves the stored document, ``replace`` puts the new one in its place
                (and skips it where nothing changed).
            encode: Begin at once to give them vectors, or leave that to ``embed``.

        Raises:
            Conflict: An id exists (``error``), or another process is writing.
            InvalidInput: A document cannot be stored; nothing of the batch was.
            LimitExceeded: The disk is full.
        """
        self._require("writer")
        report = self._writer.add(documents, actor=self._actor, on_duplicate=on_duplicate)
        if encode == "background" and followed(self._replica.settings):
            self._embedder.wake()
        return report

    def embed(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Encode every document that waits; committed step by step, so it can be interrupted.

        Args:
            progress: Told documents done and documents in all, several times a second.

        Raises:
            NotFound: A model is not there; the hint has the command that fetches it.
            DimensionMismatch: A model is not the one that the collection was made with.
        """
        self._require("writer")
        self._embedder.finish(progress)

    def reindex(
        self,
        encoders: Sequence[TextEncoder],
        *,
        force: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Encode everything under other encoders, beside what is searched until all is done.

        An interrupted call is taken up by the next ``embed``, ``reindex`` or ``add``.

        Args:
            encoders: At most one dense and one sparse; none removes all vectors.
            force: Throw all vectors away first, those of the same encoder too.
            progress: As for ``embed``.

        Raises:
            InvalidInput: Two encoders of one kind.
        """
        self._require("writer")
        self._writer.set_encoders(as_settings(encoders), actor=self._actor)
        if force:
            self._writer.extend(_without_vectors)
        self._embedder.finish(progress, kinds=(DENSE, SPARSE))

    def index_tokens(
        self,
        tokenizer: Tokenizer | None,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Tokenise everything for the token-level n-gram index, and keep it so from now on.

        Tokens of another tokenizer are searched until all is done. An interrupted call is taken up
        by the next ``embed``, ``index_tokens`` or ``add``.

        Args:
            tokenizer: Whose tokens; ``None`` drops the index.
            progress: As for ``embed``.
        """
        self._require("writer")
        if tokenizer is None:
            self._writer.set_tokenizer(None, actor=self._actor)
            self._writer.extend(_without_tokens)
        else:
            self._writer.set_tokenizer(token_settings(tokenizer), actor=self._actor)
            self._embedder.finish(progress, kinds=(TOKENS,))

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

    def flush(self) -> bool:
        """Write what is in memory into a segment; False when there was nothing to write."""
        self._require("writer")
        return self._writer.flush()

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Write what is in memory and make every merge that is due; both go on by themselves, too.

        Args:
            progress: Told bytes done and bytes in all of the merge that runs, several times a
                second.

        Raises:
            MnemicError: Something of that failed.
        """
        self._require("writer")
        self._writer.settle(progress)

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
        return stats_of(self._replica, snapshot, self._writer.merges(snapshot))

    def verify(self) -> list[str]:
        """What does not hold: damaged files, documents that index and catalogue do not share.

        Reads every byte of every segment; empty when all is well.
        """
        self._require("reader")
        return verify(self._replica)

    def close(self) -> None:
        """Flush, and let other processes write. Using it again is fine.

        A long merge is abandoned, and begun again when the collection is next written to. What
        still waits for vectors goes on then, too, or by ``embed``.
        """
        self._embedder.stop()
        self._writer.close()


def _without_vectors(snapshot: Snapshot) -> dict[str, Track]:
    return {role: track for role, track in snapshot.tracks.items() if is_of_tokens(role)}


def _without_tokens(snapshot: Snapshot) -> dict[str, Track]:
    return {role: track for role, track in snapshot.tracks.items() if not is_of_tokens(role)}
