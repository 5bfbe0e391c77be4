"""Collections with hash encoders, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.hash_encoder import DENSE, SPARSE, HashModels, best_by_force

from mnemic.retrieval.collections import Workspace
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.vectors.retriever import VectorSpec
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mnemic.retrieval.collections import Collection
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.retrieval.vectors.retriever import Role

ROLES: tuple[Role, ...] = ("dense", "sparse")
SPECS = {"dense": DENSE, "sparse": SPARSE}
QUERY = "common word3 word7"


def opened(path: Path, models: HashModels, **settings: Any) -> Workspace:
    """A workspace whose encoders come from ``models``; searches wait for nothing."""
    chosen = Settings(**{"lock_wait": 30.0, "encode_wait": 0.0, "threads": 1, **settings})
    return Workspace.open(path, settings=chosen, open_encoder=models)


def some(count: int, start: int = 0, text: str = "common word{} and word{}") -> list[Document]:
    """Documents of which each one has words of its own."""
    return [
        Document(
            id=f"d{number}",
            title=f"Title {number}" if number % 3 else "",
            text=text.format(number, number + 1) + " more" * (number % 4) * 4,
            metadata={"number": number},
        )
        for number in range(start, start + count)
    ]


def found(
    collection: Collection, role: Role = "dense", query: str = QUERY, **options: Any
) -> list[tuple[str, float]]:
    """All hits of one query, as they are ranked."""
    retriever = VectorSpec(role).bind(collection)
    [ranking] = retriever.search([query], 10**6, **options)
    return [(hit.id, hit.score) for hit in ranking]


def names(collection: Collection, role: Role = "dense", **options: Any) -> set[str]:
    """The ids that a query finds."""
    return {name for name, _ in found(collection, role, **options)}


def pending(collection: Collection) -> dict[str, int]:
    """Documents that wait, by track."""
    return {item.role: item.pending for item in collection.stats().encoders}


def assert_exact(
    collection: Collection,
    models: HashModels,
    specs: Sequence[EncoderSpec] = (DENSE, SPARSE),
    query: str = QUERY,
) -> None:
    """Every role finds what brute force over the stored documents finds."""
    documents = list(collection.documents())
    for spec in specs:
        role: Role = spec.kind
        expected = dict(best_by_force(documents, query, models.quiet(spec)))
        hits = dict(found(collection, role, query))
        assert hits.keys() == expected.keys()
        assert all(abs(hits[name] - score) < 1e-5 for name, score in expected.items())


def wait(collection: Collection) -> None:
    """Let the background come to its end."""
    assert collection._embedder.wait(60.0)


def held(papers: Collection, models: HashModels, count: int = 6) -> None:
    """Documents are added, and the encoder stands in the middle of its work."""
    models.hold()
    papers.add(some(count))
    assert models.entered.wait(60.0)


def all_passages(collection: Collection, models: HashModels) -> list[str]:
    """What is encoded when every passage is encoded exactly once for each role."""
    stored = list(collection.documents())
    encoders = [models.quiet(spec) for spec in (DENSE, SPARSE)]
    return sorted(
        piece.text for encoder in encoders for item in stored for piece in inputs(item, encoder)
    )
