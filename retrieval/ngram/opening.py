"""From a collection to the n-grams of its documents on one level."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.corpus import Corpus
from mnemic.retrieval.ngram.spelling import ByteSpelling, TokenSpelling

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection

Level: TypeAlias = Literal["tokens", "bytes", "auto"]
"""``auto`` is ``tokens`` where all documents have them, else ``bytes``."""

log = logging.getLogger("mnemic.retrieval")


def corpus_of(collection: Collection, level: Level) -> Corpus:
    """What a question that is asked now sees of a collection.

    Raises:
        InvalidInput: There is no such level.
        Unsupported: There is no token-level index; the hint has the command.
        NotFound: The tokenizer's model is not here; the hint has the command that fetches it.
    """
    if level not in get_args(Level):
        raise InvalidInput(f"level={level!r:.40} is not one of {', '.join(get_args(Level))}")
    if level == "tokens" or (level == "auto" and collection.stats().tokens):
        found = collection.tokens()
        spelling = TokenSpelling(found.tokenizer)
        if level == "tokens" or not found.pending:
            return Corpus(found.index, spelling, found.snapshot.ids, found.pending)
        log.warning(
            "%d documents of %r have no tokens yet, so bytes are asked, which are complete; "
            "mnemic ngram index makes the rest",
            found.pending,
            collection.name,
        )
    snapshot, _ = collection.view(None)
    return Corpus(snapshot.ngrams, ByteSpelling(), snapshot.ids)
