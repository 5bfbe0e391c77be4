"""From a snapshot to its tokens, once it is known whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.errors import DimensionMismatch, Unsupported
from mnemic.retrieval.collections.wanted import Wanted, wanted_tokens
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from mnemic.indexes.protocols import Bitmap
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.types import Fingerprint

SMALL = "smollm2"


def check_tokens(replica: Replica, snapshot: Snapshot, asked: Fingerprint | None) -> Wanted:
    """Which tokenizer the tokens are of that a search now sees, or will see first.

    Args:
        replica: The collection.
        snapshot: What a search sees.
        asked: The tokenizer whose ids will be asked for; ``None`` for whichever it is.

    Raises:
        Unsupported: The collection shall have no tokens; the hint has the command.
        DimensionMismatch: The tokens are of another tokenizer; the message names both.
    """
    want, track = wanted_tokens(replica.settings), snapshot.tracks.get(TOKENS)
    if want is None:
        raise Unsupported(
            f"collection {replica.name!r} has no token-level index",
            hint=f"mnemic models pull {SMALL}, then {_command(replica.name, SMALL)}",
        )
    if track is not None:
        want = Wanted(TOKENS, track.spec, track.fingerprint.digest)
    if asked is not None and asked.digest != want.digest:
        name = asked.name.removeprefix("tokenizer:")
        raise DimensionMismatch(
            f"the tokens of collection {replica.name!r} are those of {want.spec['model']} "
            f"{want.digest}, asked for are those of {name} {asked.digest}",
            hint=f"tokenise anew: {_command(replica.name, name)}",
        )
    return want


def token_view(
    snapshot: Snapshot, tokenizer: Tokenizer, allowed: tuple[Bitmap, ...] | None
) -> Tokens:
    """The tokens of a snapshot; an empty index where nothing has been tokenised yet."""
    from mnemic.retrieval.ngram.token_pieces import index_of
    from mnemic.retrieval.ngram.tokens import Tokens

    track = snapshot.tracks.get(TOKENS)
    index = index_of((), tokenizer.vocabulary_size, threads=1) if track is None else track.ngrams
    # Without a piece the index has one empty segment, and a filter nothing to allow.
    return Tokens(snapshot, tokenizer, index, allowed or None, snapshot.pending(TOKENS), track)


def _command(name: str, model: str) -> str:
    return f"mnemic ngram index DIR --collection {name} --tokenizer {model}"
