"""What a collection answers about itself and about what it did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of a batch of documents.

    Attributes:
        added: Documents with new ids.
        replaced: Documents that took the place of an older version.
        skipped: Left as they were: the id exists (skip), or nothing changed (replace).
        same_content: How many stored documents repeat the text of another live document.
    """

    added: int = 0
    replaced: int = 0
    skipped: int = 0
    same_content: int = 0

    def __add__(self, other: AddReport) -> AddReport:
        return AddReport(
            self.added + other.added,
            self.replaced + other.replaced,
            self.skipped + other.skipped,
            self.same_content + other.same_content,
        )


@dataclass(frozen=True, slots=True)
class EncoderStats:
    """How far the vectors of one encoder have come.

    Attributes:
        role: ``dense`` or ``sparse``; ending in ``-next`` while it is built beside another one.
        model: The encoder's name.
        documents: Live documents that have been encoded.
        passages: Their passages.
        pending: Live documents that wait to be encoded.
        empty: Of ``documents``, those without a passage: they have no text, or the encoder refused
            it, as the log says.
        bytes: Size of the files.
        fingerprint: Identity of the encoder; questions must be encoded by the same one.
    """

    role: str
    model: str
    documents: int
    passages: int
    pending: int
    empty: int
    bytes: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class TokenStats:
    """How far the token-level n-gram index of one tokenizer has come.

    Attributes:
        role: ``tokens``; ``tokens-next`` while it is built beside another tokenizer's.
        model: The model whose tokenizer it is.
        documents: Live documents that have been tokenised.
        tokens: Their tokens, those of deleted documents included until they are reclaimed.
        pending: Live documents that wait to be tokenised.
        empty: Of ``documents``, those without a token: they have no text, or the tokenizer refused
            it, as the log says.
        bytes: Size of the files.
        fingerprint: Identity of the tokenizer; only its own ids can be asked for.
    """

    role: str
    model: str
    documents: int
    tokens: int
    pending: int
    empty: int
    bytes: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class MergeStats:
    """How far the merges are that go on in the background.

    Attributes:
        excess: Segments that merges which are due would take away.
        running: Whether this process is merging now.
        done: Share of the running merge, from 0 to 1.
        seconds_left: About how long the running merge will take; ``None`` where nobody can tell.
        waited: Seconds that writes of this process have waited for flushes and merges.
        error: What the last one failed with, until one succeeds; empty when all is well.
    """

    excess: int = 0
    running: bool = False
    done: float = 0.0
    seconds_left: float | None = None
    waited: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """Size and state of a collection.

    Attributes:
        documents: Live documents.
        deleted: Tombstoned documents that a merge has not reclaimed yet.
        segments: Segments on disk.
        tail: Documents that are durable in the catalogue and searchable, not yet in a segment.
        bytes: Size of the segment files, n-grams, vectors and tokens included.
        generation: Number of the manifest; 0 before the first flush.
        pending: Documents that wait for an encoder; they are found by their words meanwhile.
        encoders: The vectors, by encoder.
        tokens: The token-level n-gram index, where there is one.
        ngram_bytes: Of ``bytes``, those of the index of substrings.
        ngram_missing: Documents that an earlier version wrote without that index. Each process
            that asks for substrings makes it in memory, until a flush or compact writes it.
        merges: The merges that are due, and the one that runs.
    """

    documents: int
    deleted: int
    segments: int
    tail: int
    bytes: int
    generation: int
    pending: int = 0
    encoders: tuple[EncoderStats, ...] = ()
    tokens: tuple[TokenStats, ...] = ()
    ngram_bytes: int = 0
    ngram_missing: int = 0
    merges: MergeStats = MergeStats()


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """Proof of an erasure: what is gone, and what mnemic cannot reach.

    Attributes:
        erased: Documents whose every byte was removed.
        missing: Ids that were not there.
        rewritten: Segments that were written anew without them.
        unreachable: Copies outside mnemic's reach, in words.
    """

    erased: int
    missing: tuple[str, ...]
    rewritten: int
    unreachable: tuple[str, ...]
