"""The same text as token ids, made once with the embedded model's tokenizer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from bench.ngram.texts import Text
from mnemic.errors import NotFound
from mnemic.llm.models.store import locate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

MODEL = "smollm2"
BATCH = 4096


@dataclass(frozen=True, slots=True)
class Tokens:
    """Documents as ids.

    Attributes:
        symbols: uint16 [tokens].
        offsets: int64 [documents + 1].
        vocabulary: Ids are below it.
    """

    symbols: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    vocabulary: int

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What ``prepare`` left in a text's folder."""
        vocabulary = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))["vocabulary"]
        symbols = np.fromfile(folder / "tokens.u16", np.uint16)
        return cls(symbols, np.fromfile(folder / "tokens.i64", np.int64), vocabulary)


def missing(model: str) -> str:
    """Why there can be no tokens; empty when there can."""
    try:
        locate(model)
    except NotFound as error:
        return f"{error.message}: run mnemic models pull {model}"
    return ""


def prepare(folder: Path, model: str) -> None:
    """Tokenize a prepared text into its folder, unless that has been done."""
    facts = folder / "tokens.json"
    if facts.exists() and json.loads(facts.read_text(encoding="utf-8"))["model"] == model:
        return
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(locate(model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lengths: list[int] = []
    with (folder / "tokens.u16").open("wb") as file:
        for items in _batches(Text.open(folder)):
            for encoding in tokenizer.encode_batch_fast(items, add_special_tokens=False):
                np.array(encoding.ids, np.uint16).tofile(file)
                lengths.append(len(encoding.ids))
    np.cumsum([0, *lengths], dtype=np.int64).tofile(folder / "tokens.i64")
    written = {"model": model, "vocabulary": tokenizer.get_vocab_size(), "tokens": sum(lengths)}
    facts.write_text(json.dumps(written), encoding="utf-8")


def _batches(text: Text) -> Iterator[list[str]]:
    for begin in range(0, len(text), BATCH):
        bounds = text.offsets[begin : begin + BATCH + 1]
        yield [text.symbols[start:end].tobytes().decode() for start, end in pairwise(bounds)]
