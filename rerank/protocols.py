"""What a reranker is: a short list in, a better order out, with what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reranking cost: model calls, tokens in and out, seconds."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reranked(Ranking):
    """A ranking with the account of how it was made.

    Attributes:
        usage: What it cost.
        trace: One entry per model call: prompt identity, raw answer, parse status.
    """

    usage: Usage = Usage()
    trace: tuple[Mapping[str, Any], ...] = field(default=())


@runtime_checkable
class Reranker(Protocol):
    """An immutable value that orders the passages it is given and invents none."""

    def rank(
        self, query: str | Query, passages: Sequence[Hit] | Ranking, *, top_k: int | None = None
    ) -> Reranked:
        """Order passages by relevance to the query.

        Args:
            query: The question.
            passages: Hits with text; an empty sequence gives an empty ranking.
            top_k: Keep only the best so many; ``None`` keeps all.

        Returns:
            A permutation of the given hits (or its first ``top_k``), best first.

        Raises:
            InvalidInput: ``top_k`` is negative.
        """
        ...
