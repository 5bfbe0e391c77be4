"""The collection that a user holds: documents in, rankings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from mnemic.sdk import arguments, encoders, tokenizers
from mnemic.sdk.ngrams import AskedForNgrams
from mnemic.sdk.retrievers import passages_of, resolve
from mnemic.sdk.substrings import Substrings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections import (
        AddReport,
        CollectionStats,
        ErasureReceipt,
    )
    from mnemic.retrieval.collections import Collection as Engine
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.retrieval.hybrid import HybridSpec
    from mnemic.retrieval.lexical import BM25Spec
    from mnemic.retrieval.ngram.retriever import NgramSpec
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.retrieval.protocols import Retriever
    from mnemic.retrieval.vectors.retriever import VectorSpec
    from mnemic.settings import Settings
    from mnemic.types import Document, Filter, Fingerprint, Query, Ranking

OnDuplicate = Literal["error", "skip", "replace"]
Encode = Literal["background", "later"]


class Collection(AskedForNgrams, Substrings):
    """Documents and the indexes over them; made by ``Database.collection``.

    Every change is durable when its method returns, and every search sees it.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

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
        self,
        documents: Iterable[Document],
        *,
        on_duplicate: OnDuplicate = "error",
        encode: Encode = "background",
    ) -> AddReport:
        """Store documents in one transaction; durable and searchable when it returns.

        Args:
            documents: New documents.
            on_duplicate: What to do with an id that exists: ``"error"`` stores nothing and raises,
                ``"skip"`` keeps the old one, ``"replace"`` takes the new one where it differs.
            encode: Where the collection has an encoder: begin at once to give the documents
                vectors, or leave that to ``embed``. They are found by their words in any case.

        Raises:
            Conflict: An id exists already, or another process is writing.
            InvalidInput: A document is malformed; the message names it.
            LimitExceeded: A document is too large, or the disk is full.
        """
        given = arguments.documents(documents)
        return self._engine.add(given, on_duplicate=on_duplicate, encode=encode)

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

    def embed(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Give every document that waits its vectors, and return when all have them.

        Committed step by step: interrupted, it goes on from there the next time.

        Args:
            progress: Told documents done and documents in all, several times a second.

        Raises:
            NotFound: A model is not here; the hint has the command that fetches it.
            DimensionMismatch: A model is not the one that the collection was made with.
        """
        self._engine.embed(progress)

    def reindex(
        self,
        *,
        encoder: str | EncoderSpec | Sequence[str | EncoderSpec] | None,
        force: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Encode all documents under another encoder, then swap in one step.

        Searches use the old vectors until then. Interrupted, ``embed`` takes it up again.

        Args:
            encoder: As in ``Database.collection``, but ``"default"`` is always ``minilm``;
                ``None`` removes all vectors.
            force: Throw the vectors away first, and make those of the same encoder anew: for an
                endpoint that has another model under its name, and for refused documents.
            progress: As in ``embed``.

        Raises:
            InvalidInput: There is no such encoder.
            NotFound: A model is not here; the hint has the command that fetches it.
        """
        made = encoders.opened(encoder, self._settings)
        self._engine.reindex(made, force=force, progress=progress)

    def index_tokens(
        self,
        tokenizer: str | Path | None = tokenizers.DEFAULT,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Make the token-level n-gram index, and keep it up to date from now on.

        Searches use the tokens of another tokenizer until all is done. Interrupted, ``embed`` takes
        it up again. Counting substrings and the byte level need none of this.

        Args:
            tokenizer: Whose tokens: a pulled model's name or a folder; ``None`` drops the index.
            progress: As in ``embed``.

        Raises:
            InvalidInput: It is no name.
            NotFound: The model is not here; the hint has the command that fetches it.
        """
        made = None if tokenizer is None else tokenizers.opened(tokenizer, self._settings)
        if made is not None:
            tokenizers.note_losses(made)
        self._engine.index_tokens(made, progress=progress)

    def tokens(
        self,
        *,
        filter: Mapping[str, Any] | Filter | None = None,
        tokenizer: Fingerprint | None = None,
    ) -> Tokens:
        """What a search over tokens that starts now sees: the index and its tokenizer.

        Args:
            filter: What it may find.
            tokenizer: Refuse tokens of any other than this; ``tokenizer_of(model)`` gives a
                language model's.

        Raises:
            Unsupported: There is no token-level index; the hint has the command.
            NotFound: The tokenizer's model is not here; the hint has the command that fetches it.
            DimensionMismatch: The tokens are another tokenizer's; the message names both.
        """
        return self._engine.tokens(filter, tokenizer=tokenizer)

    def search(
        self,
        query: str | Query,
        k: int = 10,
        *,
        retriever: str | BM25Spec | VectorSpec | NgramSpec | HybridSpec | Retriever | None = None,
        filter: Mapping[str, Any] | Filter | None = None,
        explain: bool = False,
        per_passage: bool = False,
    ) -> Ranking:
        """The best ``k`` documents for one query, with text, snippet and metadata.

        Args:
            query: The question.
            k: Most hits; 0 gives none, more than there are gives all that match.
            retriever: A name, a spec or a retriever; ``None`` is words and all vectors that the
                collection has, fused.
            filter: A filter of the JSON grammar, such as ``{"year": {"$gte": 2020}}``.
            explain: Fill in ``Hit.explanation``.
            per_passage: Give passages instead of documents; only for vector retrievers.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
            Unsupported: This version does not have the retriever, or it has no passages.
        """
        chosen = self.retriever(retriever, per_passage=per_passage)
        return self._engine.search(query, k, retriever=chosen, filter=filter, explain=explain)

    def search_many(
        self,
        queries: Sequence[str | Query],
        k: int = 10,
        *,
        retriever: str | BM25Spec | VectorSpec | NgramSpec | HybridSpec | Retriever | None = None,
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

    def retriever(
        self,
        wanted: str | BM25Spec | VectorSpec | NgramSpec | HybridSpec | Retriever | None = None,
        *,
        per_passage: bool = False,
    ) -> Retriever:
        """The retriever value behind a name or a spec, bound to this collection.

        Args:
            wanted: A name, a spec, a retriever, or a fusion such as ``"rrf(bm25,dense)"``.
            per_passage: The one that gives passages instead of documents.

        Raises:
            InvalidInput: The name is unknown.
            Unsupported: This version does not have it, or it has no passages.
        """
        chosen = passages_of(wanted, self._engine) if per_passage else wanted
        return resolve(chosen, self._engine, settings=self._settings)

    def check_encoder(self, role: str) -> None:
        """Whether questions can be turned into vectors of one kind; loads no model.

        Args:
            role: ``dense`` or ``sparse``.

        Raises:
            Unsupported: The collection has no such vectors.
            NotFound: The model is not here; the hint has the command that fetches it.
            DimensionMismatch: The model that is here is not the one of the vectors.
        """
        self._engine.check_encoder(role)

    def check_tokenizer(self) -> None:
        """Whether texts can be turned into the tokens of the token-level index.

        Raises:
            Unsupported: There is no such index; the hint has the command.
            NotFound: The tokenizer's model is not here; the hint has the command that fetches it.
            DimensionMismatch: The tokenizer that is here is not the one of the tokens.
        """
        self._engine.check_tokenizer()

    def flush(self) -> None:
        """Write the in-memory tail into a segment, so that other processes open faster."""
        self._engine.flush()

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Write the tail and make every merge that is due; they go on by themselves otherwise.

        Args:
            progress: Told bytes done and bytes in all of the merge that runs.
        """
        self._engine.settle(progress)

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
