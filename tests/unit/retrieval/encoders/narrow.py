"""Real encoders with a smaller window, so that short texts reach its end; they count counts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.models import pulled

from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec

if TYPE_CHECKING:
    from mnemic.retrieval.encoders.protocols import DenseVectors
    from mnemic.retrieval.encoders.specs import Kind
    from mnemic.settings import Settings


@cache
def settings_of(model: str) -> Settings:
    """Pulling what is there hashes it, so that it is done once."""
    return pulled([model])


class Narrow:
    """An encoder with another window."""

    def __init__(self, spec: EncoderSpec, *, window: int) -> None:
        self._inner = open_encoder(spec, settings_of(spec.model))
        self.spec = spec
        self.kind: Kind = spec.kind
        self.dims = self._inner.dims
        self.fingerprint = self._inner.fingerprint
        self.window = window
        self.counted = 0

    def encode_queries(self, texts: Any) -> DenseVectors:
        found: DenseVectors = self._inner.encode_queries(texts)
        return found

    def encode_documents(self, texts: Any) -> DenseVectors:
        found: DenseVectors = self._inner.encode_documents(texts)
        return found

    def count_tokens(self, text: str) -> int:
        self.counted += 1
        return self._inner.count_tokens(text)


def narrow(model: str, *, window: int, **settings: Any) -> Narrow:
    """A pulled model with a small window; ``settings`` are those of its spec."""
    return Narrow(EncoderSpec(model, "dense", **settings), window=window)
