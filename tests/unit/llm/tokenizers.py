"""Small tokenizers in folders of their own, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def words(folder: Path, known: Sequence[str], *, unknown: str | None = None) -> Path:
    """A folder with a tokenizer of whole words; one that it does not know is refused.

    Args:
        folder: Made where it is not there.
        known: Words in the order of their ids.
        unknown: One of them that stands for all others.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers

    ids = {word: number for number, word in enumerate(known)}
    model = models.WordLevel(ids, **({} if unknown is None else {"unk_token": unknown}))
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def characters(folder: Path, *, prefix: str = "") -> Path:
    """A folder with a tokenizer whose tokens are bytes: every text can be tokenised.

    Args:
        folder: Made where it is not there.
        prefix: A further token, which makes it another tokenizer.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    ids = {letter: number for number, letter in enumerate([*alphabet, *filter(None, [prefix])])}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
