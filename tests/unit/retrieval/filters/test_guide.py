"""The examples of docs/guides/filters.md are run, by bitmap and by oracle."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts.filter_oracle import matches

from mnemic.errors import InvalidInput
from mnemic.indexes.columns import MAX_PART, MAX_PARTS, MAX_PATHS, MAX_TEXT, ColumnSegment
from mnemic.retrieval.filters import (
    MAX_CLAUSES,
    MAX_LEVELS,
    MAX_STRING,
    MAX_VALUES,
    OPERANDS,
    parse,
)

GUIDE = (Path(__file__).parents[4] / "docs/guides/filters.md").read_text()
EXAMPLES = GUIDE.partition("## Examples")[2]
DOCUMENTS: list[dict[str, Any]] = json.loads(EXAMPLES.split("```")[1].removeprefix("json"))
ROWS = re.findall(r"^\| `(\{.*?\})` \|(.*)\|$", EXAMPLES, re.MULTILINE)
PASSES = [(written, said.split()) for written, said in ROWS if "`" not in said]
REFUSED = [(written, said.strip(" `")) for written, said in ROWS if "`" in said]


def test_there_are_examples() -> None:
    assert len(PASSES) > 20
    assert len(REFUSED) > 5


@pytest.mark.parametrize(("written", "ids"), PASSES)
def test_passes(written: str, ids: list[str]) -> None:
    filter = parse(json.loads(written))
    assert filter is not None
    rows = [document["metadata"] for document in DOCUMENTS]
    bits = np.unpackbits(ColumnSegment.build(rows).evaluate(filter), bitorder="little")
    assert [DOCUMENTS[n]["id"] for n in np.flatnonzero(bits)] == ids
    assert [d["id"] for d in DOCUMENTS if matches(filter, d["metadata"])] == ids


@pytest.mark.parametrize(("written", "said"), REFUSED)
def test_refuses(written: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        parse(json.loads(written))


def test_names_every_operator_and_limit() -> None:
    limits = (MAX_CLAUSES, MAX_LEVELS, MAX_STRING, MAX_VALUES, MAX_PART, MAX_PARTS, MAX_PATHS)
    for word in (*OPERANDS, *(f"{limit:,}" for limit in (*limits, MAX_TEXT))):
        assert word in GUIDE
