"""How a shared term scores: BM25 in five variants, or the product of learned weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mnemic.errors import InvalidInput
from mnemic.indexes._native import Scorer as NativeScorer
from mnemic.indexes._native import Variant

BM25Variant: TypeAlias = Literal["lucene", "robertson", "atire", "bm25l", "bm25+"]
MAX_PARAMETER = 1e6
DEFAULT_DELTA: dict[str, float] = {"bm25l": 0.5, "bm25+": 1.0}

_NATIVE: dict[str, Variant] = {
    "lucene": Variant.LUCENE,
    "robertson": Variant.ROBERTSON,
    "atire": Variant.ATIRE,
    "bm25l": Variant.BM25L,
    "bm25+": Variant.BM25PLUS,
}


@dataclass(frozen=True, slots=True)
class BM25:
    """BM25 with parameters and live statistics chosen at query time.

    The variants are those that Kamphuis et al., "Which BM25 Do You Mean?" (ECIR 2020) compare,
    with the inverse document frequencies of bm25s; ``robertson`` cuts its own at 0, so terms in
    more than half of the documents match but add nothing. In ``bm25l`` and ``bm25+`` a term that a
    document lacks adds a constant; it is part of the scores, but documents that share no term
    with the query are not returned.

    Attributes:
        k1: Saturation of term frequency, 0 to 1e6.
        b: Strength of length normalisation, 0 to 1.
        variant: Which formula.
        delta: Lower bound of a matching term in ``bm25l`` (0.5 unless given) and ``bm25+`` (1.0);
            the other variants do not use it.

    Raises:
        InvalidInput: A parameter is out of range.
    """

    k1: float = 0.9
    b: float = 0.4
    variant: BM25Variant = "lucene"
    delta: float | None = None

    def __post_init__(self) -> None:
        if self.variant not in _NATIVE:
            known = ", ".join(get_args(BM25Variant))
            raise InvalidInput(f"variant={self.variant!r} is unknown", hint=f"known are {known}")
        _check_range("k1", self.k1, MAX_PARAMETER)
        _check_range("b", self.b, 1.0)
        if self.delta is not None:
            _check_range("delta", self.delta, MAX_PARAMETER)

    @property
    def native(self) -> NativeScorer:
        """The same for the native core."""
        delta = DEFAULT_DELTA.get(self.variant, 0.0) if self.delta is None else self.delta
        return NativeScorer(_NATIVE[self.variant], self.k1, self.b, delta)


@dataclass(frozen=True, slots=True)
class Impact:
    """The dot product of query weights and document weights (learned sparse, e.g. SPLADE).

    Products are summed in double; ``TermBatch.weights`` that are ``None`` count as 1 each.
    """

    @property
    def native(self) -> NativeScorer:
        """The same for the native core."""
        return NativeScorer(Variant.IMPACT, 0.0, 0.0, 0.0)


def _check_range(name: str, value: object, top: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= top:  # type: ignore[arg-type,operator]
        raise InvalidInput(f"{name}={value!r} is not a number from 0 to {top:g}")
