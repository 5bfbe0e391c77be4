"""Static token vectors: a text is the mean of its tokens' rows; no network, no session.

As in Arora et al., "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017,
without the weighting.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import IndexCorrupt
from mnemic.llm.texts import check_texts, read_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

TABLE = "embedding.weight"
log = logging.getLogger("mnemic.llm")


class StaticModel:
    """A pulled table of token vectors; immutable, so that threads may share it.

    Args:
        tokenizer: ``tokenizers.Tokenizer`` without truncation and padding.
        table: float32 [vocabulary, width].
        window: Tokens of a text that count, from its beginning; 0 for all.
    """

    def __init__(self, tokenizer: Any, table: NDArray[np.float32], *, window: int = 0) -> None:
        self._tokenizer = tokenizer
        self._table = table
        self.width = table.shape[1]
        self.window = window

    @classmethod
    def open(cls, folder: Path, *, window: int = 0) -> Self:
        """The model of a folder that ``mnemic models pull`` made.

        Args:
            folder: Holds the table and the tokenizer.
            window: Tokens of a text that count; 0 for all.

        Raises:
            IndexCorrupt: A file is missing, unreadable, or the two do not fit each other.
        """
        table = _read_table(folder / "model.safetensors")
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        size = tokenizer.get_vocab_size()
        if size > len(table):
            raise IndexCorrupt(f"{folder}: {size:,} tokens, but vectors for {len(table):,}")
        return cls(tokenizer, table, window=window)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one: float32 [texts, width]; zeros for a text without tokens.

        Raises:
            InvalidInput: A text is no string or no valid Unicode; the message has its position.
        """
        check_texts(texts)
        vectors = np.zeros((len(texts), self.width), np.float32)
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        cut = 0
        for place, each in enumerate(encoded):
            ids = each.ids[: self.window or None]
            cut += len(ids) < len(each.ids)
            if ids:
                vectors[place] = self._table[ids].mean(axis=0)
        if cut:
            log.debug("%d of %d texts are cut at %d tokens", cut, len(texts), self.window)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0, lengths, np.float32(1))
        return vectors

    def count_tokens(self, text: str) -> int:
        """Tokens of a text; this tokenizer adds no special ones.

        Raises:
            InvalidInput: As :meth:`encode`.
        """
        check_texts([text])
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)


def read_shape(path: Path) -> tuple[int, int]:
    """Tokens and width of a table, out of the file's header.

    Raises:
        IndexCorrupt: The file is missing, unreadable, or holds no such table.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            tokens, width = file.get_slice(TABLE).get_shape()
    except (OSError, SafetensorError, ValueError) as error:
        raise IndexCorrupt(f"{path} has no readable {TABLE}: {error}") from error
    return int(tokens), int(width)


def _read_table(path: Path) -> NDArray[np.float32]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        table = load_file(path)[TABLE].astype(np.float32)
    except (OSError, SafetensorError, KeyError) as error:
        raise IndexCorrupt(f"{path} has no readable {TABLE}: {error}") from error
    if table.ndim != 2 or not np.isfinite(table).all():
        raise IndexCorrupt(f"{path}: {TABLE} is no finite matrix")
    return np.ascontiguousarray(table)
