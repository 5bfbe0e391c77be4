"""The real MiniLM, pulled by the real command: the graph, its eight bits, and what it finds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.models import CACHE
from tests.unit.llm.numpy_bert import mean_vector

from mnemic.llm.models import verify
from mnemic.llm.onnx.batching import padded
from mnemic.llm.onnx.convert import full_precision
from mnemic.llm.onnx.session import Session
from mnemic.llm.onnx.weights import read_bert
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.onnx.text_model import TextModel

TEXTS = (
    "A cat sleeps on the warm windowsill.",
    "The kitten is dozing by the window in the sun.",
    "Interest rates were raised by the central bank on Thursday.",
    "How do I read a file line by line in Python?",
    "Open the file and iterate over it: each step gives the next line.",
    "Zürich, 東京 and São Paulo are cities; 🦊 is a fox.",
    "The mitochondrion is the organelle in which most of a cell's energy carrier is made, by a "
    "chain of proteins in its inner membrane that passes electrons on to oxygen.",
)


@pytest.fixture(scope="module")
def expected(minilm: Path, model: TextModel) -> np.ndarray:
    bert = read_bert(minilm)
    return np.stack([mean_vector(bert, row) for row in model.tokenize(TEXTS).rows])


def test_the_graph_in_full_precision_is_bert(
    minilm: Path, model: TextModel, expected: np.ndarray
) -> None:
    session = Session(full_precision(minilm, head="mean"), name="minilm")
    found = session.run(*padded(model.tokenize(TEXTS).rows, pad=0))
    assert (found * expected).sum(axis=1).min() >= 0.9999


def test_eight_bits_are_close_to_full_precision(model: TextModel, expected: np.ndarray) -> None:
    cosines = (model.encode(TEXTS) * expected).sum(axis=1)
    assert cosines.mean() >= 0.99, cosines


def test_what_means_the_same_is_near(model: TextModel) -> None:
    vectors = model.encode(TEXTS)
    near = vectors @ vectors.T
    assert near[0, 1] > near[0, 2] + 0.2
    assert near[3, 4] > near[3, 2] + 0.2


def test_the_window_is_that_of_the_model(model: TextModel) -> None:
    tokens = model.tokenize(["word " * 254, "word " * 255])
    assert [len(row) for row in tokens.rows] == [256, 256]
    assert tokens.truncated == (1,)


@pytest.mark.usefixtures("minilm")
def test_what_was_pulled_is_whole() -> None:
    assert verify("minilm", settings=Settings(cache=CACHE)) == []


def test_the_receipt_says_what_the_graph_was_made_of(minilm: Path, model: TextModel) -> None:
    assert model.receipt is not None
    found = json.loads((minilm / "graph-v1.json").read_text())
    assert found["source_sha256"] == model.receipt.source_sha256
    assert (found["precision"], found["head"], found["window"]) == ("int8", "mean", 256)


def test_encoding_needs_neither_onnx_nor_torch(minilm: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from mnemic.llm.onnx.text_model import TextModel\n"
        "print(TextModel.open(Path(sys.argv[1])).encode(['a red fox']).shape)\n"
        "print(*sorted({'onnx', 'torch', 'transformers', 'sqlalchemy'} & set(sys.modules)))"
    )
    child = [sys.executable, "-c", code, str(minilm)]
    done = subprocess.run(child, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(1, 384)", ""]
