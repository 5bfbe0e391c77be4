"""The collection: documents that are stored once and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval import filters
from mnemic.retrieval.collections.catching_up import CatchingUp
from mnemic.retrieval.collections.hydration import hydrated
from mnemic.retrieval.collections.sizes import stats_of
from mnemic.retrieval.collections.substrings import Substrings
from mnemic.retrieval.collections.token_view import check_tokens, token_view
from mnemic.retrieval.collections.verification import verify
from mnemic.retrieval.collections.wanted import (
    as_settings,
    followed,
    is_of_tokens,
    token_settings,
    wanted,
)
from mnemic.retrieval.lexical import bm25
from mnemic.retrieval.protocols import SupportsExplanation
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.retrieval.vectors.pieces import DENSE, SPARSE
from mnemic.retrieval.vectors.track import NEXT
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Literal

    from mnemic.catalogue import Role
    from mnemic.indexes.protocols import Bitmap
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.embedding import Embedder
    from mnemic.retrieval.collections.records import AddReport, CollectionStats, ErasureReceipt
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.collections.wanted import Wanted
    from mnemic.retrieval.collections.writer import Writer
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.lexical import BM25Retriever
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.retrieval.protocols import Retriever
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Document, Filter, Fingerprint, Query, Ranking

REFRESH_SECONDS = 0.5


class Collection:
    """One collection as one actor sees it. Made by ``Workspace``; safe to share among threads.

    Args:
        replica: This process's view of the segments and the tail.
        writer: The way to change it.
        actor: Who asks; ``None`` is the local administrator.
        embedder: Gives documents their vectors.
        encode_wait: Seconds that a search by vectors waits for documents that this process is
            encoding.
    """

    def __init__(
        self,
        replica: Replica,
        writer: Writer,
        *,
        actor: str | None,
        embedder: Embedder,
        encode_wait: float = 0.0,
    ) -> None:
        self._replica = replica
        self._writer = writer
        self._actor = actor
        self._embedder = embedder
        self._catching_up = CatchingUp(replica.name, embedder, encode_wait, self._fresh)

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

    def view(self, filter: Any) -> tuple[Snapshot, tuple[Bitmap, ...] | None]:
        """What a search that starts now sees, and what a filter allows of it (for retrievers)."""
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        snapshot = self._fresh()
        return snapshot, snapshot.allowed(parsed, self._matching)

    @property
    def substrings(self) -> Substrings:
        """Counts and finds exact substrings of titles and texts."""
        return Substrings(self._replica, self.view)

    @property
    def encoders(self) -> tuple[Wanted, ...]:
        """The encoders that it shall have."""
        return wanted(self._replica.settings)

    @property
    def roles(self) -> tuple[str, ...]:
        """What it has besides words: ``dense``, ``sparse``."""
        tracks = self._fresh().tracks
        served = {role for role in tracks if not role.endswith(NEXT) and not is_of_tokens(role)}
        return tuple(sorted(served | {want.role for want in self.encoders}))

    def encoder(self, track: Track) -> TextEncoder:
        """The encoder that made a track (for retrievers).

        Raises:
            NotFound: Its model is not there; the hint has the command that fetches it.
            DimensionMismatch: The model that is there is another one.
        """
        return self._embedder.encoders.encoder(track.spec, track.fingerprint.digest)

    def vectors(
        self, role: str, filter: Any
    ) -> tuple[Snapshot, Track | None, tuple[Bitmap, ...] | None]:
        """What a search by vectors that starts now sees, and what a filter allows of it.

        Raises:
            InvalidInput: The filter is malformed.
            Unsupported: The collection has no such vectors.
        """
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        self._check_role(role)
        self._catching_up.wait(role)
        snapshot = self._fresh()
        if role not in snapshot.tracks:
            return snapshot, None, None
        return snapshot, snapshot.tracks[role], snapshot.allowed_in(role, parsed, self._matching)

    def tokens(self, filter: Any = None, *, tokenizer: Fingerprint | None = None) -> Tokens:
        """What a search over tokens that starts now sees (for retrievers and analytics).

        An index always comes: an empty one while nothing has been tokenised yet.

        Args:
            filter: JSON filter on metadata.
            tokenizer: Whose ids will be asked for, as ``tokenizer_of(model)`` says; ``None`` where
                the caller uses the tokenizer that comes back.

        Raises:
            InvalidInput: The filter is malformed.
            Unsupported: The collection has no token-level index; the hint has the command.
            NotFound: The tokenizer's model is not there; the hint has the command that fetches it.
            DimensionMismatch: ``tokenizer``, or the one that is there, is not that of the tokens.
        """
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        check_tokens(self._replica, self._fresh(), tokenizer)
        self._catching_up.wait(TOKENS)
        snapshot = self._fresh()
        made = check_tokens(self._replica, snapshot, tokenizer)
        opened = self._embedder.encoders.tokenizer(made.spec, made.digest)
        if TOKENS not in snapshot.tracks:
            return token_view(snapshot, opened, None)
        allowed = snapshot.allowed_in(TOKENS, parsed, self._matching)
        return token_view(snapshot, opened, allowed)

    def check_tokenizer(self) -> None:
        """Whether texts can be turned into the tokens of the token-level index.

        Raises:
            Unsupported: The collection has no such index; the hint has the command.
            NotFound: The tokenizer's model is not there; the hint has the command that fetches it.
            DimensionMismatch: The tokenizer that is there is another one.
        """
        made = check_tokens(self._replica, self._fresh(), None)
        self._embedder.encoders.tokenizer(made.spec, made.digest)

    def check_encoder(self, role: str) -> None:
        """Whether questions can be encoded for one of its roles; loads no model.

        Raises:
            Unsupported: The collection has no such vectors.
            NotFound: The model is not there; the hint has the command that fetches it.
            DimensionMismatch: The model that is there is another one.
        """
        self._check_role(role)
        track = self._fresh().tracks.get(role)
        wants = [(want.spec, want.digest) for want in self.encoders if want.role == role]
        made = [] if track is None else [(track.spec, track.fingerprint.digest)]
        self._embedder.encoders.encoder(*[*made, *wants][0])

    def _check_role(self, role: str) -> None:
        if role not in self.roles:
            model = "minilm" if role == "dense" else "splade-tiny"
            # A reindex names all encoders that the collection shall have.
            kept = [str(want.spec["model"]) for want in self.encoders]
            named = " ".join(f"--encoder {each}" for each in [*kept, model])
            raise Unsupported(
                f"collection {self.name!r} has no {role} vectors",
                hint=f"mnemic models pull {model}, then mnemic reindex DIR --collection "
                f"{self.name} {named}",
            )

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
        return stats_of(self._replica, self._fresh())

    def verify(self) -> list[str]:
        """What does not hold: damaged files, documents that index and catalogue do not share.

        Reads every byte of every segment; empty when all is well.
        """
        self._require("reader")
        return verify(self._replica)

    def close(self) -> None:
        """Flush, and let other processes write. Using it again is fine.

        What still waits for vectors goes on when it is next written to, or by ``embed``.
        """
        self._embedder.stop()
        self._writer.close()


def _without_vectors(snapshot: Snapshot) -> dict[str, Track]:
    return {role: track for role, track in snapshot.tracks.items() if is_of_tokens(role)}


def _without_tokens(snapshot: Snapshot) -> dict[str, Track]:
    return {role: track for role, track in snapshot.tracks.items() if not is_of_tokens(role)}
