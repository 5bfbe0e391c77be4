"""How long searches wait for documents that are being encoded."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import (
    DENSE,
    SPARSE,
    HashModels,
)
from tests.unit.retrieval.collections.embedded import (
    names,
    opened,
    some,
)

from mnemic.retrieval.collections import catching_up

if TYPE_CHECKING:
    from pathlib import Path


BOTH = (DENSE, SPARSE)

pytestmark = pytest.mark.usefixtures("impatient")


def test_a_search_waits_for_what_its_process_has_added(tmp_path: Path, models: HashModels) -> None:
    with_wait = opened(tmp_path / "waits", models, encode_wait=60.0)
    papers = with_wait.create("papers", encoders=[models.open(DENSE)])
    models.hold()
    papers.add(some(3))
    assert models.entered.wait(60.0)
    threading.Timer(0.05, models.released.set).start()
    assert len(names(papers)) == 3
    with_wait.close()


def test_a_search_does_not_wait_while_much_is_encoded(
    tmp_path: Path, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "FEW_DOCUMENTS", 2)
    with_wait = opened(tmp_path / "waits", models, encode_wait=60.0)
    papers = with_wait.create("papers", encoders=[models.open(DENSE)])
    models.hold()
    papers.add(some(3))
    assert models.entered.wait(60.0)
    assert names(papers) == set()  # the encoder stands still until here
    assert papers._catching_up._waited == {}
    models.released.set()
    with_wait.close()


def test_a_search_waits_once_for_the_same_documents_and_warns_once(
    tmp_path: Path, models: HashModels, caplog: pytest.LogCaptureFixture
) -> None:
    with_wait = opened(tmp_path / "waits", models, encode_wait=0.01)
    papers = with_wait.create("papers", encoders=[models.open(DENSE)])
    models.hold()
    papers.add(some(3))
    assert models.entered.wait(60.0)
    for _ in range(3):
        assert names(papers) == set()
    assert papers._catching_up._waited == {"dense": 3}
    assert not papers._catching_up.is_worth_it("dense")
    assert caplog.text.count("have no dense vectors yet and cannot be found by them") == 1
    models.released.set()
    with_wait.close()
