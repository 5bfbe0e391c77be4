"""Texts to the token ids of a language model and back, without the model: no torch, no weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np

from mnemic.errors import InvalidInput, Unsupported
from mnemic.llm.causal.conversion import RECEIPT, read_receipt
from mnemic.llm.causal.loading import TOKENIZER, load_tokenizer
from mnemic.llm.folders import find_folder
from mnemic.llm.identity import hashes_of, identify_tokenizer
from mnemic.llm.models.files import compare
from mnemic.llm.texts import check_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mnemic.llm.protocols import TokenIds
    from mnemic.settings import Settings
    from mnemic.types import Fingerprint

CACHED = 8
_PROBE = "Two  Words,\tHÉLLO\n\n  \u732b \U0001f469\u200d\U0001f467 e\u0301\x01"


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """The tokenizer of a model; immutable, threads may share it.

    It adds no special tokens, and reads those that stand in a text as ordinary characters: exactly
    as the model does when it runs in this process.

    Attributes:
        name: What it was opened by.
        fingerprint: Identity of the tokenizer alone; its digest depends neither on the name nor on
            any weights.
        vocabulary_size: Every token id is below it.
    """

    name: str
    fingerprint: Fingerprint
    vocabulary_size: int
    _handle: Any = field(repr=False, compare=False)

    @classmethod
    def open(cls, source: str | Path, *, settings: Settings | None = None) -> Self:
        """The tokenizer of a model that is on this machine; nothing is downloaded.

        Cost: hashing one file, and 0.1 s for 50,000 tokens the first time in a process.

        Args:
            source: The name of a pulled model, a folder that holds a ``tokenizer.json``, or a hub
                name whose files are in the local hub cache.
            settings: Whose cache of pulled models; the environment's by default.

        Raises:
            NotFound: The model is not here, and the hint has the command that fetches it; or it
                has no such file.
            IndexCorrupt: The file is damaged.
            InvalidInput: It is neither a folder nor anything that could be a name.
            Unsupported: It is a hub name and the extra ``[llm]`` is not installed.
        """
        folder = find_folder(source, settings=settings)
        sha256 = hashes_of(folder, [folder / TOKENIZER])[TOKENIZER]
        if (folder / RECEIPT).is_file():
            expected = read_receipt(folder).hashes.get(TOKENIZER, "none")
            compare(str(folder / TOKENIZER), sha256, expected)
        handle, size = _loaded(folder, sha256)
        return cls(str(source), identify_tokenizer(str(source), sha256), size, handle)

    def encode(self, text: str) -> TokenIds:
        """Token ids of a text: int64 [tokens].

        Raises:
            InvalidInput: It is no string or no valid Unicode, or holds what the tokenizer refuses.
        """
        return self.encode_batch([text])[0].astype(np.int64)

    def encode_batch(self, texts: Sequence[str]) -> list[NDArray[np.uint32]]:
        """Token ids of each text; on all cores, with the GIL released. A second for a megabyte.

        Raises:
            InvalidInput: A text is no string or no valid Unicode; or one holds what the tokenizer
                refuses, such as a word that it does not know.
        """
        check_texts(texts)
        try:
            encoded = self._handle.encode_batch_fast(list(texts), add_special_tokens=False)
        except Exception as error:  # the library raises nothing more exact
            raise InvalidInput(f"{self.name} cannot tokenise a text: {error}") from error
        return [np.array(item.ids, np.uint32) for item in encoded]

    def offsets(self, text: str) -> NDArray[np.int64]:
        """Which characters of the text each token of ``encode`` covers: int64 [tokens, 2].

        Tokens that share a character, as those of one emoji do, all cover it.

        Raises:
            InvalidInput: As ``encode`` does.
        """
        check_texts([text])
        try:
            encoded = self._handle.encode(text, add_special_tokens=False)
        except Exception as error:  # the library raises nothing more exact
            raise InvalidInput(f"{self.name} cannot tokenise a text: {error}") from error
        return np.array(encoded.offsets, np.int64).reshape(-1, 2)

    @property
    def lossless(self) -> bool:
        """Whether texts come back from their tokens, by one with case, spaces and rare characters.

        Where they do not, different texts have the same tokens: a tokenizer may drop case and
        accents, or have one token for all that it does not know.
        """
        try:
            return self.decode(self.encode(_PROBE)) == _PROBE
        except InvalidInput:
            return False  # it refuses what it does not know

    def decode(self, tokens: Sequence[int] | NDArray[np.integer[Any]]) -> str:
        """The text of token ids; bytes that are no whole character become U+FFFD.

        Raises:
            InvalidInput: One is no token.
        """
        ids = np.asarray(tokens)
        if ids.size and (ids.min() < 0 or ids.max() >= self.vocabulary_size):
            raise InvalidInput(f"tokens are {ids.tolist()}, ids end at {self.vocabulary_size - 1}")
        return str(self._handle.decode(ids.tolist(), skip_special_tokens=False))


@runtime_checkable
class SupportsTokenizerIdentity(Protocol):
    """A language model that can say which tokenizer it has."""

    @property
    def tokenizer_fingerprint(self) -> Fingerprint:
        """What ``Tokenizer.open`` gives for the same model."""
        ...


def tokenizer_of(model: object) -> Fingerprint:
    """Which tokenizer a language model has.

    Raises:
        Unsupported: It cannot say: a model behind an endpoint, for example.
    """
    if isinstance(model, SupportsTokenizerIdentity):
        return model.tokenizer_fingerprint
    raise Unsupported(
        f"{type(model).__name__} does not tell its tokenizer",
        hint="A model that runs in process does, such as smollm2 with mnemic[llm].",
    )


@lru_cache(CACHED)
def _loaded(folder: Path, sha256: str) -> tuple[Any, int]:
    """A tokenizer and the number after its highest id; ids may have gaps."""
    del sha256  # a file that was replaced is read again
    handle = load_tokenizer(folder)
    ids = handle.get_vocab(with_added_tokens=True).values()
    return handle, max(ids, default=-1) + 1
