"""Collections with a token-level index, beside the same made by force, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections import Collection
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.types import Document


def tokens_of(document: Document, tokenizer: Tokenizer) -> list[int]:
    """What the index shall hold of a document."""
    text: list[int] = tokenizer.encode(document.text).tolist()
    if not document.title:
        return text
    return [*tokenizer.encode(document.title).tolist(), tokenizer.vocabulary_size, *text]


def stored_in(view: Tokens) -> dict[str, list[int]]:
    """What the index holds of the documents that have been tokenised, by id."""
    ordinals = view.snapshot.live[: len(view.snapshot.live) - view.pending]
    if not len(ordinals):
        return {}
    lengths = view.lengths(ordinals)
    batch = view.index.extract(ordinals, np.zeros_like(lengths), lengths)
    rows = np.split(batch.symbols, batch.offsets[1:-1])
    return dict(zip(view.snapshot.ids(ordinals), [row.tolist() for row in rows], strict=True))


def assert_tokenised(collection: Collection, tokenizer: Tokenizer) -> None:
    """Every document is there in full, and a text counts as often as it occurs."""
    view, documents = collection.tokens(), list(collection.documents())
    assert view.pending == 0
    assert view.tokenizer.fingerprint == tokenizer.fingerprint
    expected = {item.id: tokens_of(item, tokenizer) for item in documents}
    assert stored_in(view) == expected
    pattern = tokenizer.encode("word")
    texts = [text for item in documents for text in (item.title, item.text)]
    assert view.index.count(pattern) == sum(text.count("word") for text in texts)
    gone = tokenizer.encode("deleted")
    assert view.index.count(gone) == sum(text.count("deleted") for text in texts)


def pending(collection: Collection) -> dict[str, int]:
    """Documents that wait, by track of tokens."""
    return {item.role: item.pending for item in collection.stats().tokens}
