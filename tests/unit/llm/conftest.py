"""The real MiniLM, pulled once for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.models import pulled

from mnemic.llm.models import locate
from mnemic.llm.onnx.text_model import TextModel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def minilm() -> Path:
    return locate("minilm", settings=pulled(["minilm"]))


@pytest.fixture(scope="session")
def model(minilm: Path) -> TextModel:
    return TextModel.open(minilm, threads=2)
