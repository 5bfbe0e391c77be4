"""Texts to vectors: tokenizer, batches and session of one pulled model."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.llm.models.files import check_sha256
from mnemic.llm.onnx.batching import padded, plan
from mnemic.llm.onnx.convert import GRAPH, read_receipt
from mnemic.llm.onnx.session import Session, read_checked
from mnemic.llm.texts import check_texts, read_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mnemic.llm.onnx.convert import Receipt

BUDGET = 2_048
QUEUE = 4  # batches a thread whose results may wait
log = logging.getLogger("mnemic.llm")


@dataclass(frozen=True, slots=True)
class Batch:
    """The vectors of some texts.

    Attributes:
        positions: int64 [n], which texts.
        vectors: float32 [n, width].
    """

    positions: NDArray[np.int64]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of texts, cut to the window.

    Attributes:
        rows: One list of ids a text.
        truncated: Positions of the texts that were cut, ascending.
    """

    rows: list[list[int]]
    truncated: tuple[int, ...]


class TextModel:
    """A pulled encoder; immutable, so that threads may share it.

    A vector never depends on the other texts of the call: 8-bit activations share one scale a
    batch, so an 8-bit graph gets one text a batch and runs several batches at once instead. A text
    without tokens gets zeros.

    Args:
        tokenizer: ``tokenizers.Tokenizer`` without truncation and padding.
        session: The graph.
        window: Most tokens of one text, with the special ones.
        together: Whether texts may share a batch.
        threads: Batches that run at the same time; 0 for one per core.
        receipt: What the graph was made of.
    """

    def __init__(
        self,
        tokenizer: Any,
        session: Session,
        *,
        window: int,
        together: bool,
        threads: int = 0,
        receipt: Receipt | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._session = session
        self._together = together
        self._threads = threads or len(os.sched_getaffinity(0))
        self._special = len(tokenizer.encode("").ids)
        self.window = window
        self.receipt = receipt

    @classmethod
    def open(cls, folder: Path, *, threads: int = 0, tokenizer_sha256: str = "") -> Self:
        """The model of a folder that ``mnemic models pull`` made; 0.1 s for MiniLM.

        Args:
            folder: Holds graph, receipt and tokenizer.
            threads: Batches that run at the same time; 0 for one per core.
            tokenizer_sha256: What the tokenizer's file must hash to; empty for anything.

        Raises:
            NotFound: The folder has no converted graph.
            IndexCorrupt: A file was altered.
        """
        receipt = read_receipt(folder)
        if tokenizer_sha256:
            check_sha256(folder / "tokenizer.json", tokenizer_sha256)
        graph = read_checked(folder / GRAPH, receipt.sha256)
        return cls(
            read_tokenizer(folder / "tokenizer.json"),
            Session(graph, name=str(folder / GRAPH)),
            window=receipt.window,
            together=receipt.precision != "int8",
            threads=threads,
            receipt=receipt,
        )

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """Token ids with the special tokens, cut to the window; the last token is kept.

        Raises:
            InvalidInput: A text is no string or no valid Unicode; the message has its position.
        """
        check_texts(texts)
        encoded = self._tokenizer.encode_batch_fast(list(texts))
        rows = [list(each.ids) for each in encoded]
        cut = tuple(place for place, row in enumerate(rows) if len(row) > self.window)
        for place in cut:
            rows[place][self.window - 1 :] = rows[place][-1:]
        if cut:
            log.debug("%d of %d texts are cut at %d tokens", len(cut), len(rows), self.window)
        return Tokens(rows, cut)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text without the special ones.

        Raises:
            InvalidInput: As :meth:`tokenize`.
        """
        check_texts([text])
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def token(self, number: int) -> str:
        """The text of a token, as the tokenizer writes it: ``fox``, ``##es``, ``[CLS]``.

        An id beyond the tokenizer's, as padded vocabularies have, is written ``[id]``.

        Raises:
            InvalidInput: ``number`` is no id of 32 bits.
        """
        if not 0 <= number < 1 << 32:
            raise InvalidInput(f"{number} is no id of a token")
        text: str | None = self._tokenizer.id_to_token(number)
        return f"[{number}]" if text is None else text

    def batches(self, tokens: Tokens) -> Iterator[Batch]:
        """Vectors of all texts, batch by batch, in no promised order."""
        lengths = [len(row) for row in tokens.rows]
        most = len(lengths) if self._together else 1
        plans = plan(lengths, budget=BUDGET, most=most)

        def run(positions: NDArray[np.int64]) -> Batch:
            rows = [tokens.rows[place] for place in positions]
            vectors = self._session.run(*padded(rows, pad=0))
            vectors[[len(row) <= self._special for row in rows]] = 0
            return Batch(positions, vectors)

        if self._threads == 1 or len(lengths) == 1:
            yield from map(run, plans)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            while window := list(islice(plans, QUEUE * self._threads)):
                yield from pool.map(run, window)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors in the order of the texts: float32 [texts, width]; at least one text.

        Raises:
            InvalidInput: As :meth:`tokenize`.
        """
        parts = list(self.batches(self.tokenize(texts)))
        vectors = np.empty((len(texts), parts[0].vectors.shape[1]), np.float32)
        for part in parts:
            vectors[part.positions] = part.vectors
        return vectors
