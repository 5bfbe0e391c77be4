"""A small real encoder: words hashed into a few dimensions, dense or sparse, in microseconds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import InvalidInput, NotFound, Unavailable
from mnemic.llm.texts import check_texts
from mnemic.retrieval.encoders.identity import fingerprint
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.encoders.specs import EncoderSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.retrieval.encoders.specs import Kind
    from mnemic.types import Document, Fingerprint

DIMS = 16
VOCABULARY = 100_000
WINDOW = 64
REFUSED = "unencodable"
WORDS = re.compile(r"\w+")
DENSE = EncoderSpec("hash", "dense", passage_tokens=8, passage_overlap=0)
SPARSE = EncoderSpec("hash", "sparse", passage_tokens=8, passage_overlap=0)
OTHER_DENSE = EncoderSpec("other hash", "dense", passage_tokens=12, passage_overlap=2)
OTHER_SPARSE = EncoderSpec("other hash", "sparse", passage_tokens=12, passage_overlap=2)


def _bits(word: str, salt: str) -> bytes:
    return hashlib.blake2b(word.lower().encode(), key=salt.encode(), digest_size=16).digest()


@dataclass(frozen=True)
class HashEncoder:
    """Encodes a text as the sum of its words; a text without words has no direction."""

    spec: EncoderSpec
    version: int = 1
    before: Callable[[Sequence[str]], None] = field(default=lambda texts: None, compare=False)
    window: int = WINDOW

    @property
    def kind(self) -> Kind:
        return self.spec.kind

    @property
    def dims(self) -> int:
        return DIMS if self.kind == "dense" else VOCABULARY

    @property
    def fingerprint(self) -> Fingerprint:
        return fingerprint(self.spec, name=self.spec.model, facts={"version": self.version})

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode_queries(self, texts: Sequence[str]) -> DenseVectors | SparseVectors:
        check_texts(texts)
        return self._encode([self.spec.query_prefix + text for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> DenseVectors | SparseVectors:
        check_texts(texts)
        self.before(texts)
        for place, text in enumerate(texts):
            if REFUSED in text:
                raise InvalidInput(f"texts[{place}] cannot be encoded")
        return self._encode([self.spec.document_prefix + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> DenseVectors | SparseVectors:
        if self.kind == "dense":
            rows = [self._row(text) for text in texts]
            return DenseVectors(np.array(rows, np.float32).reshape(len(texts), DIMS))
        weighed = [self._weights(text) for text in texts]
        offsets = np.cumsum([0, *map(len, weighed)], dtype=np.int64)
        ids = [number for weights in weighed for number in sorted(weights)]
        values = [weights[number] for weights in weighed for number in sorted(weights)]
        return SparseVectors(
            offsets, np.array(ids, np.int64), np.array(values, np.float32), VOCABULARY
        )

    def _row(self, text: str) -> NDArray[np.float64]:
        row = np.zeros(DIMS)
        for word in WORDS.findall(text):
            row += np.frombuffer(_bits(word, self._salt), np.uint8)[:DIMS] / 255.0 - 0.5
        return row

    def _weights(self, text: str) -> dict[int, float]:
        weights: dict[int, float] = {}
        for word in WORDS.findall(text):
            bits = _bits(word, self._salt)
            number = int.from_bytes(bits[:4], "little") % VOCABULARY
            weights[number] = weights.get(number, 0.0) + 0.5 + bits[4] / 256
        return weights

    @property
    def _salt(self) -> str:
        return f"{self.spec.model} {self.version}"


@dataclass
class HashModels:
    """Opens hash encoders as a folder of pulled models would; can hold them up and make them fail.

    Attributes:
        versions: Other versions than 1, by model.
        missing: Models that are not there.
        broken: Models that open, and fail whenever they are called.
        failures: How many of the next calls fail.
        encoded: Every passage that was encoded, in order.
        entered: Set when an encoder is called.
        released: While it is clear, encoders wait in their calls.
    """

    versions: dict[str, int] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    failures: int = 0
    encoded: list[str] = field(default_factory=list)
    entered: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.released.set()

    def __call__(self, spec: Mapping[str, Any]) -> HashEncoder:
        return self.open(EncoderSpec.from_json(spec))

    def open(self, spec: EncoderSpec) -> HashEncoder:
        """The encoder of a spec."""
        if spec.model in self.missing:
            raise NotFound(f"model {spec.model!r} is not here", hint="mnemic models pull it")
        return replace(self.quiet(spec), before=partial(self._called, spec.model))

    def quiet(self, spec: EncoderSpec) -> HashEncoder:
        """The same for a test's own use: it never waits, never fails and is not counted."""
        return HashEncoder(spec, self.versions.get(spec.model, 1))

    def hold(self) -> None:
        """Let the next call of an encoder wait until ``released`` is set."""
        self.entered.clear()
        self.released.clear()

    def _called(self, model: str, texts: Sequence[str]) -> None:
        if not texts:
            return
        if model in self.broken:
            raise Unavailable(f"{model} is down")
        self.entered.set()
        assert self.released.wait(60.0), "a test forgot to release the encoder"
        if self.failures:
            self.failures -= 1
            raise Unavailable("the encoder is out of order")
        self.encoded += texts


def best_by_force(
    documents: Iterable[Document], query: str, encoder: HashEncoder
) -> list[tuple[str, float]]:
    """Every document that a query finds with its MaxP score, best first, ties by their order."""
    asked = encoder.encode_queries([query])
    scored = []
    for document in documents:
        passages = [piece.text for piece in inputs(document, encoder)]
        if REFUSED in document.text or not passages:
            continue
        scores = similarities(encoder.encode_documents(passages), asked)
        if scores:
            scored.append((document.id, max(scores)))
    return sorted(scored, key=lambda pair: -pair[1])


def similarities(
    passages: DenseVectors | SparseVectors, asked: DenseVectors | SparseVectors
) -> list[float]:
    """Cosines, or the products of those passages that share a term."""
    if isinstance(passages, DenseVectors):
        assert isinstance(asked, DenseVectors)
        return _cosines(passages.values, asked.values[0]) if asked.values.any() else []
    assert isinstance(asked, SparseVectors)
    wanted = dict(zip(asked.ids.tolist(), asked.weights.tolist(), strict=True))
    products = []
    for start, end in zip(passages.offsets[:-1], passages.offsets[1:], strict=True):
        row = zip(passages.ids[start:end].tolist(), passages.weights[start:end], strict=True)
        shared = [float(weight) * wanted[number] for number, weight in row if number in wanted]
        if shared:
            products.append(sum(shared))
    return products


def _cosines(rows: NDArray[np.float32], query: NDArray[np.float32]) -> list[float]:
    return [_cosine(row.astype(np.float64), query.astype(np.float64)) for row in rows]


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    lengths = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / lengths if lengths else 0.0
