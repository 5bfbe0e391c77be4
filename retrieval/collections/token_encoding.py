"""Documents to tokens: title, boundary and text, in calls of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.retrieval.ngram.token_pieces import TokenPiece

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mnemic.catalogue import StoredDocument
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.chunks import Batch
    from mnemic.types import Document

Fields: TypeAlias = tuple[str, ...]
"""A text, or a title and a text."""

CHARACTERS = 1 << 18
# Their index is made in a hundred megabytes.
CHUNK_TOKENS = 1 << 23


class TokenWork:
    """Documents, and the tokens that they have so far: ``Work`` on one segment of tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.identity = tokenizer.fingerprint
        self.call, self.makes = CHARACTERS, "tokens"
        self.ordinals: list[int] = []
        self._tokenizer = tokenizer
        self._boundary = np.array([tokenizer.vocabulary_size], np.uint32)
        self._documents: list[NDArray[np.uint32]] = []
        self._starts: list[int] = []
        self._total = 0

    @property
    def full(self) -> bool:
        """Whether there are enough tokens."""
        return self._total >= CHUNK_TOKENS

    def cut(self, document: Document) -> Fields:
        """The title, if there is one, and the text of a document."""
        return (document.title, document.text) if document.title else (document.text,)

    def weigh(self, cut: Fields) -> int:
        """How many characters."""
        return sum(map(len, cut))

    def encode(self, batch: Batch[Fields], stopped: Callable[[], bool]) -> bool:
        """Tokenise documents, in one call."""
        del stopped  # a single document is never cut
        fields = iter(self._tokenizer.encode_batch([text for _, cut in batch for text in cut]))
        for stored, cut in batch:
            title = [next(fields), self._boundary] if len(cut) > 1 else []
            self._add(stored.ordinal, title, next(fields))
        return True

    def _add(self, ordinal: int, title: list[NDArray[np.uint32]], text: NDArray[np.uint32]) -> None:
        tokens = np.concatenate([*title, text])
        self.ordinals.append(ordinal)
        self._documents.append(tokens)
        self._starts.append(len(tokens) - len(text))
        self._total += len(tokens)

    def probe(self) -> None:
        """Nothing to find out: a tokenizer may refuse any word, and makes no other mistakes."""

    def leave_out(self, stored: StoredDocument) -> None:
        """Count a document as one without a token."""
        self._add(stored.ordinal, [], np.empty(0, np.uint32))

    def piece(self) -> TokenPiece:
        """The tokens of all documents that are done, indexed."""
        vocabulary = self._tokenizer.vocabulary_size
        return TokenPiece.build(self.ordinals, self._documents, self._starts, vocabulary=vocabulary)
