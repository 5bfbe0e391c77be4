"""N-grams of version 1 open for ever, answer the same, and are still written alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.contracts.ngram_checks import CHECKS, check_extract
from tests.golden.ngram_v1 import make_ngram_v1 as version_1

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment
from mnemic.indexes.storage import FileDirectory, RamDirectory

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "ngram_v1")


def stored(name: str) -> NgramIndex:
    entry = version_1.make(RamDirectory())[version_1.NAMES.index(name)]
    segment = NgramSegment.open(GOLDEN, entry)
    return NgramIndex([LiveNgrams(segment, np.arange(segment.document_count))])


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", ["bytes.ngram", "blocks.ngram"])
def test_stored_bytes_answer_as_a_scan_does(name: str, check: str) -> None:
    live = dict(enumerate(version_1.TEXTS))
    patterns = [b"weather", b"the end", b"\x00\xff\x00", "天".encode(), b"nowhere", b" the "]
    CHECKS[check](stored(name), live, patterns)
    check_extract(stored(name), live)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", ["tokens.ngram", "wide.ngram"])
def test_stored_tokens_answer_as_a_scan_does(name: str, check: str) -> None:
    ids = version_1.IDS if name == "tokens.ngram" else version_1.WIDE
    live = {number: tuple(row) for number, row in enumerate(ids)}
    CHECKS[check](stored(name), live, [(7, 7), (2,), (0,), (1,), tuple(ids[0])])
    check_extract(stored(name), live)


@pytest.mark.parametrize("name", version_1.NAMES)
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    version_1.make(today)
    assert today.read(name) == GOLDEN.read(name)
