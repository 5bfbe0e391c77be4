"""From the pieces of text that endpoints show to token ids, and back, through a tokenizer file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import Unavailable
from mnemic.llm.texts import check_texts, read_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mnemic.llm.protocols import TokenIds

# vLLM shows ids instead of texts when it is asked with return_tokens_as_token_ids.
_SHOWN_ID = re.compile(r"token_id:(\d{1,9})")


class Pieces:
    """A tokenizer and what each of its tokens looks like; threads may share it.

    Args:
        path: A ``tokenizer.json``. Reading it costs up to a second for large vocabularies.

    Raises:
        IndexCorrupt: The file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._tokenizer: Any = read_tokenizer(path)
        self.size: int = self._tokenizer.get_vocab_size()
        rows = [[token] for token in range(self.size)]
        self._texts: list[str] = self._tokenizer.decode_batch(rows, skip_special_tokens=False)
        self._ids = _unambiguous(self._texts)

    def encode(self, text: str) -> TokenIds:
        """Token ids without special tokens.

        Raises:
            InvalidInput: The text is no string or no valid Unicode.
        """
        check_texts([text])
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return np.array(encoded.ids, dtype=np.int64)

    def decode(self, tokens: Sequence[int] | TokenIds) -> str:
        """The text of token ids."""
        text: str = self._tokenizer.decode([int(token) for token in tokens])
        return text

    def id_of(self, piece: str) -> int:
        """The token that an endpoint shows as ``piece``.

        Raises:
            Unavailable: No token, or more than one, looks like this.
        """
        shown = _SHOWN_ID.fullmatch(piece)
        token = int(shown[1]) if shown else self._ids.get(piece, -1)
        if not 0 <= token < self.size:
            raise Unavailable(
                f"no single token of the tokenizer is {piece[:40]!r}",
                hint="With vLLM, pass options={'return_tokens_as_token_ids': True}; otherwise "
                "check that the tokenizer is the endpoint's.",
            )
        return token

    def find(self, token: int, top: Mapping[str, float]) -> float | None:
        """The log-probability of a token among the likeliest pieces, when it can be told."""
        shown = f"token_id:{token}"
        if shown in top:
            return top[shown]
        text = self._texts[token]
        return top.get(text) if self._ids.get(text) == token else None


def _unambiguous(texts: Sequence[str]) -> dict[str, int]:
    """Those texts that one token alone has; a piece of a character is shown as U+FFFD."""
    found: dict[str, int] = {}
    repeated: set[str] = set()
    for token, text in enumerate(texts):
        if text in found:
            repeated.add(text)
        found[text] = token
    bad = {text for text in found if text in repeated or not text or "\ufffd" in text}
    return {text: token for text, token in found.items() if text not in bad}
