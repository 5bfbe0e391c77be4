from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mnemic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.sdk import Collection


@pytest.fixture
def database(tmp_path: Path) -> Iterator[mnemic.Database]:
    with mnemic.open(tmp_path / "data") as database:
        yield database


@pytest.fixture
def papers(database: mnemic.Database) -> Collection:
    papers = database.collection("papers", create=True)
    papers.add(
        [
            mnemic.Document(
                id="a",
                title="FIRST",
                text="single token reranking of lists",
                metadata={"year": 2024},
            ),
            mnemic.Document(
                id="b",
                text="a token is but one small piece of one written word",
                metadata={"year": 2019},
            ),
            mnemic.Document(id="c", text="dense retrieval"),
        ]
    )
    return papers
