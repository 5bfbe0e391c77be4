"""Many texts as a few requests for embeddings, and which text is to blame when one is refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from mnemic.errors import InvalidInput
from mnemic.llm.http.embedding_answers import stacked
from mnemic.llm.http.results import Embeddings, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Event

    Send: TypeAlias = Callable[[Sequence[str], Event], Embeddings]

CHARACTERS = 300_000


def spans(lengths: Sequence[int], *, most: int, characters: int = CHARACTERS) -> Iterator[range]:
    """Cut texts into batches, in order.

    Args:
        lengths: Characters of each text.
        most: Most texts of a batch.
        characters: Most characters of a batch; one text alone may have more.

    Yields:
        Positions; together each position exactly once.
    """
    start, total = 0, 0
    for place, length in enumerate(lengths):
        if place > start and (place - start == most or total + length > characters):
            yield range(start, place)
            start, total = place, 0
        total += length
    if start < len(lengths):
        yield range(start, len(lengths))


def batch_calls(
    send: Send, texts: Sequence[str], *, most: int, places: Sequence[int] | None = None
) -> list[Callable[[Event], Embeddings]]:
    """One call a batch, for :func:`gather`.

    Args:
        send: Sends the texts of one batch.
        texts: All texts.
        most: Most texts of a batch.
        places: What messages call each text; its position by default.
    """
    names = range(len(texts)) if places is None else places
    parts = spans([len(text) for text in texts], most=most)
    return [partial(_send_span, send, texts, names, span) for span in parts]


def joined(parts: Sequence[Embeddings]) -> Embeddings:
    """The embeddings of several batches as those of one; at least one.

    Raises:
        DimensionMismatch: Their vectors have different widths.
    """
    known = [part.usage for part in parts if part.usage is not None]
    usage = sum(known, Usage(0)) if len(known) == len(parts) else None
    return Embeddings(stacked([part.vectors for part in parts]), usage, parts[0].model)


def _send_span(
    send: Send, texts: Sequence[str], names: Sequence[int], span: range, stop: Event
) -> Embeddings:
    """Send a batch; one that is refused is sent in halves, until one text is to blame."""
    try:
        return send([texts[place] for place in span], stop)
    except InvalidInput as error:
        if len(span) == 1:
            message = f"text {names[span[0]]}: {error.message}"
            raise InvalidInput(message, hint=error.hint) from error
    middle = len(span) // 2
    halves = (span[:middle], span[middle:])
    return joined([_send_span(send, texts, names, half, stop) for half in halves])
