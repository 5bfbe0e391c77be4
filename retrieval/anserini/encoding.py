"""Documents and questions as weighted tokens, by a learned-sparse encoder, for impact indexes."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.anserini.documents import contents_of
from mnemic.retrieval.anserini.vectors import TermVector
from mnemic.retrieval.encoders.inputs import Input, inputs
from mnemic.retrieval.encoders.protocols import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.encoders.protocols import SparseVectors
    from mnemic.types import Document

    Name = Callable[[int], str]
    Weights = dict[int, float]

# One call of the encoder: below a second on a slow machine, so that progress is seen.
TEXTS = 128
# Where Pyserini's --max-passage cuts an id.
DELIMITER = "#"
_NOTHING = Input(0, 0, "")


class _Passage(NamedTuple):
    """Passage ``number`` of the document that is ``place``-th in the stream."""

    place: int
    document: Document
    number: int
    text: str


def encode_documents(
    documents: Iterable[Document], encoder: TextEncoder, *, by_passage: bool = False
) -> Iterator[TermVector]:
    """Weighted tokens of documents, lazily and in their order.

    A document over the encoder's window is cut into passages, as a collection does it. Its vector
    has each token's largest weight in any of them, as SPLADE itself pools the tokens of a text
    (Formal et al., 2021). With ``by_passage`` every passage has a vector of its own, whose id is
    the document's with ``#0``, ``#1``, ...; a document without words has one that is empty.

    Args:
        documents: Their titles stand before each passage.
        encoder: A learned-sparse one; its spec says how passages are cut.
        by_passage: For searches that rank a document by its best passage.

    Raises:
        Unsupported: The encoder makes dense vectors, or cannot name its tokens.
        InvalidInput: With ``by_passage``, an id holds ``#``, where it would be cut.
        IndexCorrupt: The model's files were altered; raised at the first document.

    Cost: that of the encoder; memory is one document and the passages of one call.
    """
    name = _namer(encoder)
    rows = _weighed(_passages(documents, encoder, by_passage=by_passage), encoder)
    return _of_passages(rows, name) if by_passage else _of_documents(rows, name)


def weigher(encoder: TextEncoder) -> Callable[[Sequence[str]], list[Mapping[str, float]]]:
    """What ``pyserini(..., impact=True, weigh=...)`` needs: from questions to weighted tokens.

    Raises:
        Unsupported: The encoder makes dense vectors, or cannot name its tokens.
    """
    name = _namer(encoder)

    def weigh(texts: Sequence[str]) -> list[Mapping[str, float]]:
        return [_named(row, name) for row in _rows(encoder.encode_queries(texts))]

    return weigh


def _namer(encoder: TextEncoder) -> Name:
    if encoder.kind != "sparse":
        raise Unsupported(
            f"{encoder.spec.model} makes dense vectors, not weighted tokens",
            hint="Name a learned-sparse encoder, such as splade-tiny.",
        )
    if not isinstance(encoder, Vocabulary):
        raise Unsupported(f"{encoder.spec.model} cannot name its tokens")
    return encoder.token


def _passages(
    documents: Iterable[Document], encoder: TextEncoder, *, by_passage: bool
) -> Iterator[_Passage]:
    for place, document in enumerate(documents):
        if by_passage and DELIMITER in document.id:
            raise InvalidInput(
                f"the document id {document.id!r} holds {DELIMITER!r}, which ends ids of documents",
                hint="Write one line a document instead of one a passage, or change the id.",
            )
        for number, cut in enumerate(inputs(document, encoder) or [_NOTHING]):
            yield _Passage(place, document, number, cut.text)


def _weighed(
    passages: Iterator[_Passage], encoder: TextEncoder
) -> Iterator[tuple[_Passage, Weights]]:
    while batch := list(islice(passages, TEXTS)):
        vectors = encoder.encode_documents([passage.text for passage in batch])
        yield from zip(batch, _rows(vectors), strict=True)


def _rows(vectors: SparseVectors) -> Iterator[Weights]:
    for start, end in zip(vectors.offsets[:-1], vectors.offsets[1:], strict=True):
        yield dict(
            zip(vectors.ids[start:end].tolist(), vectors.weights[start:end].tolist(), strict=True)
        )


def _of_passages(rows: Iterator[tuple[_Passage, Weights]], name: Name) -> Iterator[TermVector]:
    for passage, weights in rows:
        id = f"{passage.document.id}{DELIMITER}{passage.number}"
        yield TermVector(id, _named(weights, name), passage.text)


def _of_documents(rows: Iterator[tuple[_Passage, Weights]], name: Name) -> Iterator[TermVector]:
    for (_, document), group in groupby(rows, key=lambda row: row[0][:2]):
        strongest: Weights = {}
        for _, weights in group:
            for number, weight in weights.items():
                strongest[number] = max(weight, strongest.get(number, 0.0))
        yield TermVector(document.id, _named(strongest, name), contents_of(document))


def _named(weights: Weights, name: Name) -> dict[str, float]:
    return {name(number): weights[number] for number in sorted(weights)}
