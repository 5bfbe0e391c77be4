"""An endpoint's encoder as collections use it: ``openai:NAME`` with a spec.

An endpoint tells neither its window nor its tokens; both are taken on the safe side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mnemic.errors import Unsupported
from mnemic.llm.http.endpoint import Endpoint
from mnemic.llm.texts import check_texts
from mnemic.retrieval.encoders.endpoint import PREFIX, EndpointEncoder
from mnemic.retrieval.encoders.identity import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.encoders.protocols import DenseVectors
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.settings import Settings

# Every usual embedding model takes as many; passage_tokens asks for larger passages.
WINDOW = 512
# English has more than 4 bytes a token, scripts of three bytes a character about one character.
BYTES_PER_TOKEN = 3


class RemoteEncoder:
    """Dense vectors from the endpoint of the settings; threads may share it.

    Opening it sends nothing, and neither does its fingerprint, so a collection opens while the
    endpoint is away. With the metric ``cosine`` vectors have length one; with another they are as
    the endpoint makes them.

    Args:
        spec: With a model of the form ``openai:NAME``; its ``dims`` are asked of the endpoint.
        settings: Where the endpoint is.

    Raises:
        Unsupported: The spec is not for dense vectors.
        InvalidInput: A setting has a wrong form.
        Unauthenticated: The default endpoint needs a key.
    """

    kind: Literal["dense"] = "dense"

    def __init__(self, spec: EncoderSpec, settings: Settings) -> None:
        if spec.kind != "dense":
            raise Unsupported(f"{spec.model} makes dense vectors, not {spec.kind} ones")
        endpoint = Endpoint.from_settings(settings)
        self.spec = spec
        self.window = max(WINDOW, 2 * (spec.passage_tokens or 0))
        self.fingerprint = fingerprint(spec, name=spec.model, facts={"host": endpoint.host})
        self._encoder = EndpointEncoder(
            endpoint,
            spec.model.removeprefix(PREFIX),
            dimensions=spec.dims,
            shorten=spec.dims is not None,
            query_prefix=spec.query_prefix,
            document_prefix=spec.document_prefix,
            normalise=spec.metric == "cosine",
        )

    @property
    def dims(self) -> int:
        """Width of the vectors; sends one short text where nothing was encoded yet."""
        return self._encoder.dimensions

    def encode_queries(self, texts: Sequence[str]) -> DenseVectors:
        """One row a question; errors are those of :class:`EndpointEncoder`."""
        return self._encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> DenseVectors:
        """One row a passage; errors are those of :class:`EndpointEncoder`."""
        return self._encoder.encode_documents(texts)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, estimated from its bytes: rather too many than too few.

        Raises:
            InvalidInput: The text is no valid Unicode.
        """
        check_texts([text])
        return -(-len(text.encode()) // BYTES_PER_TOKEN)
