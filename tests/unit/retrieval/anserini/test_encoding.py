"""Documents as weighted tokens: passages, their maximum, names, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import DENSE, SPARSE, HashEncoder
from tests.unit.retrieval.encoders.small_models import made

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.anserini import encode_documents, read_vectors, weigher, write_vectors
from mnemic.retrieval.anserini import encoding as module
from mnemic.retrieval.anserini.vectors import quantised
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.encoders.opening import TextEncoder

LONG = Document(id="long", title="w1 w2", text=" ".join(f"w{n % 50}." for n in range(90)))
DOCUMENTS = [Document(id="a", text="w3 w4"), LONG, Document(id="none"), Document(id="z", text="w5")]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
    folder = made(tmp_path_factory.mktemp("small"), head="splade")
    return open_encoder(EncoderSpec(str(folder), "sparse", top_k=9), Settings(threads=1))


def expected(document: Document, encoder: TextEncoder) -> list[dict[str, float]]:
    """The weights of each passage, encoded alone."""
    found = []
    for cut in inputs(document, encoder):
        vectors = encoder.encode_documents([cut.text])
        names = [f"w{number - 4}" if number >= 4 else SPECIAL[number] for number in vectors.ids]
        found.append(dict(zip(names, vectors.weights.tolist(), strict=True)))
    return found


SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


@pytest.mark.parametrize("texts", [1, 2, 3, 128])
def test_a_document_has_the_largest_weight_of_each_token(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch, texts: int
) -> None:
    monkeypatch.setattr(module, "TEXTS", texts)
    found = list(encode_documents(DOCUMENTS, encoder))
    assert [vector.id for vector in found] == ["a", "long", "none", "z"]
    parts = expected(LONG, encoder)
    assert len(parts) > 2
    union = {name: max(part.get(name, 0.0) for part in parts) for part in parts for name in part}
    assert found[1].weights == union
    assert not any(part == union for part in parts)
    assert (found[0].weights, found[2].weights) == (expected(DOCUMENTS[0], encoder)[0], {})


def test_contents_are_what_anserini_would_index(encoder: TextEncoder) -> None:
    contents = [vector.contents for vector in encode_documents(DOCUMENTS, encoder)]
    assert contents == ["w3 w4", f"w1 w2\n{LONG.text}", "", "w5"]


@pytest.mark.parametrize("texts", [1, 3, 128])
def test_every_passage_is_a_line(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch, texts: int
) -> None:
    monkeypatch.setattr(module, "TEXTS", texts)
    found = list(encode_documents(DOCUMENTS, encoder, by_passage=True))
    parts = expected(LONG, encoder)
    names = ["a#0", *(f"long#{number}" for number in range(len(parts))), "none#0", "z#0"]
    assert [vector.id for vector in found] == names
    assert [vector.weights for vector in found[1:-2]] == parts
    assert [vector.contents for vector in found[1:-2]] == [
        cut.text for cut in inputs(LONG, encoder)
    ]


def test_an_id_that_would_be_cut_is_refused_before_it_is_encoded(encoder: TextEncoder) -> None:
    documents = [Document(id="a#1", text="w1")]
    assert [vector.id for vector in encode_documents(documents, encoder)] == ["a#1"]
    with pytest.raises(InvalidInput, match="'a#1' holds '#'"):
        next(encode_documents(documents, encoder, by_passage=True))


def test_they_round_trip_as_whole_numbers(encoder: TextEncoder, tmp_path: Path) -> None:
    vectors = list(encode_documents(DOCUMENTS, encoder))
    write_vectors(tmp_path / "v", vectors, shard=2)
    read = list(read_vectors(tmp_path / "v"))
    assert [vector.weights for vector in read] == [quantised(v.weights) for v in vectors]


def test_two_documents_of_one_id_are_not_made_one(encoder: TextEncoder, tmp_path: Path) -> None:
    twins = [Document(id="a", text="w1"), Document(id="a", text="w1")]
    assert len(list(encode_documents(twins, encoder))) == 2
    with pytest.raises(InvalidInput, match="comes twice"):
        write_vectors(tmp_path / "v", encode_documents(twins, encoder))


def test_documents_are_read_as_they_are_needed(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TEXTS", 4)
    read: list[str] = []

    def endless() -> Iterator[Document]:
        while True:
            read.append(f"d{len(read)}")
            yield Document(id=read[-1], text="w1")

    found = encode_documents(endless(), encoder)
    assert [next(found).id for _ in range(10)] == [f"d{number}" for number in range(10)]
    assert len(read) == 12


def test_questions_are_weighed_by_their_side(encoder: TextEncoder) -> None:
    (weights, nothing) = weigher(encoder)(["w3 w4", " "])
    vectors = encoder.encode_queries(["w3 w4"])
    assert list(weights.values()) == vectors.weights.tolist()
    assert set(weights) <= {*SPECIAL, *(f"w{number}" for number in range(60))}
    assert nothing == {}


@pytest.mark.parametrize(("spec", "problem"), [(DENSE, "dense vectors"), (SPARSE, "cannot name")])
def test_another_encoder_is_refused_at_once(spec: EncoderSpec, problem: str) -> None:
    encoder = HashEncoder(spec)
    for call in (lambda: encode_documents([], encoder), lambda: weigher(encoder)):
        with pytest.raises(Unsupported, match=problem):
            call()
