"""Dense vectors from an OpenAI-compatible endpoint: the encoders called ``openai:NAME``.

An endpoint promises neither equal bits for equal texts nor which weights it runs; the fingerprint
holds what can be known of it.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.errors import DimensionMismatch, InvalidInput
from mnemic.llm.http.endpoint import Endpoint
from mnemic.llm.http.identity import identity
from mnemic.llm.texts import check_texts
from mnemic.retrieval.encoders.dense import filled_places
from mnemic.retrieval.encoders.protocols import DenseVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.settings import Settings
    from mnemic.types import Fingerprint

PREFIX = "openai:"
_ANY_TEXT = "text"


class EndpointEncoder:
    """``Encoder[DenseVectors]`` on ``/embeddings``; threads may share it.

    A text that is empty or only white space has nothing to say and is not sent: it gets a zero
    vector, which is similar to nothing. Row ``i`` always belongs to text ``i``.

    Args:
        endpoint: Where.
        model: Its name there.
        dimensions: Width of the vectors. Left out, the first call finds it out, by one more
            request where there is no text to learn it from.
        shorten: Ask the endpoint for vectors of ``dimensions``, where the model can shorten them.
        query_prefix: Put before every question, such as ``query: ``.
        document_prefix: Put before every document.
        normalise: Make every vector of length one.

    Raises:
        InvalidInput: ``model`` is empty, ``dimensions`` below 1, or ``shorten`` without it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        dimensions: int | None = None,
        shorten: bool = False,
        query_prefix: str = "",
        document_prefix: str = "",
        normalise: bool = True,
    ) -> None:
        if not model:
            raise InvalidInput("model is empty", hint="Name the endpoint's embedding model.")
        if dimensions is not None and dimensions < 1:
            raise InvalidInput(f"dimensions is {dimensions}", hint="It is at least 1.")
        if shorten and dimensions is None:
            raise InvalidInput("shorten needs dimensions", hint="Say how many are to be left.")
        check_texts([query_prefix, document_prefix])
        self._endpoint = endpoint
        self._model = model
        self._asked = dimensions if shorten else None
        self._query_prefix = query_prefix
        self._document_prefix = document_prefix
        self._normalise = normalise
        self._lock = Lock()
        self._width = dimensions

    @classmethod
    def named(cls, name: str, *, settings: Settings | None = None) -> Self:
        """The encoder ``openai:NAME`` at the endpoint of the settings.

        Raises:
            InvalidInput: The name has another form.
            Unauthenticated: The default endpoint needs a key.
        """
        if not name.startswith(PREFIX):
            raise InvalidInput(f"{name!r} is no model of an endpoint", hint=f"Write {PREFIX}NAME.")
        return cls(Endpoint.from_settings(settings), name.removeprefix(PREFIX))

    @property
    def dimensions(self) -> int:
        """Width of the vectors; the first call may send one short text to find out.

        Raises:
            MnemicError: As :meth:`Endpoint.embeddings`.
        """
        with self._lock:
            width = self._width
        return self._sent([_ANY_TEXT]).shape[1] if width is None else width

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity: model, host, dims, prefixes; costs what :attr:`dimensions` costs."""
        settings = {
            "model": self._model,
            "host": self._endpoint.host,
            "dimensions": self.dimensions,
            "shorten": self._asked is not None,
            "query_prefix": self._query_prefix,
            "document_prefix": self._document_prefix,
            "normalise": self._normalise,
        }
        return identity(f"encoder:{PREFIX}{self._model}", settings)

    def encode_queries(self, texts: Sequence[str]) -> DenseVectors:
        """Vectors of questions.

        Raises:
            InvalidInput: A text is no string, no valid Unicode, or refused by the endpoint; the
                message has its position.
            DimensionMismatch: Vectors of another width than before or than given.
            Unauthenticated: The key is missing or wrong.
            Forbidden: The key has no right to the model.
            NotFound: The endpoint knows no such model.
            LimitExceeded: 429 after all retries, or an answer that is too large.
            Unavailable: No answer, or none of the promised form.
        """
        return self._encode(texts, self._query_prefix)

    def encode_documents(self, texts: Sequence[str]) -> DenseVectors:
        """Vectors of documents or passages; the same rules."""
        return self._encode(texts, self._document_prefix)

    def _encode(self, texts: Sequence[str], prefix: str) -> DenseVectors:
        check_texts(texts)
        places = filled_places(texts)
        if not places:
            return DenseVectors(np.zeros((len(texts), self.dimensions), np.float32))
        found = self._sent([prefix + texts[place] for place in places], places)
        values = np.zeros((len(texts), found.shape[1]), np.float32)
        values[places] = _of_length_one(found) if self._normalise else found
        return DenseVectors(values)

    def _sent(self, texts: Sequence[str], places: Sequence[int] = (0,)) -> NDArray[np.float32]:
        answer = self._endpoint.embeddings(
            self._model, texts, dimensions=self._asked, places=places
        )
        width = answer.vectors.shape[1]
        with self._lock:
            expected = self._width = self._width or width
        if width != expected:
            raise DimensionMismatch(
                f"{self._model} gave vectors of {width:,} dimensions, expected {expected:,}",
                hint="Pass the model's own dimensions, or shorten=True where it can shorten them.",
            )
        return answer.vectors


def _of_length_one(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows divided by their length, in float64; a zero row stays zero."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    shortened: NDArray[np.float32] = (wide / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return shortened
