"""What a model refuses: token ids that are none, prompts without tokens, sequences too long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.llm.causal.prefixes import CachedPrefix

if TYPE_CHECKING:
    from mnemic.llm.causal.network import Network
    from mnemic.llm.protocols import Prefix, TokenIds


def check_tokens(name: str, tokens: object, *, vocabulary: int) -> TokenIds:
    """Token ids as int64 [length].

    Raises:
        InvalidInput: They are no whole numbers in one dimension, or one is not in the vocabulary.
    """
    try:
        array = np.asarray(tokens)
    except ValueError as error:
        raise InvalidInput(f"{name}: lists of different lengths are no token ids") from error
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise InvalidInput(f"{name}: {array.dtype} {array.shape} are no token ids")
    ids: TokenIds = array.astype(np.int64)
    wrong = ids[(ids < 0) | (ids >= vocabulary)]
    if len(wrong):
        raise InvalidInput(f"{name}: {wrong[0]} is no token of {vocabulary:,}")
    return ids


def check_prompt(name: str, prompt: TokenIds | Prefix, network: Network) -> TokenIds | CachedPrefix:
    """A prompt that can be continued.

    Raises:
        InvalidInput: It has no token, or is another model's prefix.
    """
    if isinstance(prompt, CachedPrefix):
        if prompt.network is not network:
            raise InvalidInput(f"{name} is a prefix of another model")
        return prompt
    ids = check_tokens(name, prompt, vocabulary=network.vocabulary)
    if not len(ids):
        raise InvalidInput(
            f"{name} has no token", hint="Begin with a token, such as the one that ends sequences."
        )
    return ids


def check_length(name: str, length: int, network: Network) -> None:
    """Refuse what the network was not made for.

    Raises:
        LimitExceeded: The sequence is longer than the window.
    """
    if network.window and length > network.window:
        raise LimitExceeded(
            f"{name}: {length:,} tokens, but {network.name} takes {network.window:,}"
        )


def check_request(*, max_tokens: int, beams: int, temperature: float) -> None:
    """Refuse generations that nobody can make.

    Raises:
        InvalidInput: A count is below 1, or the temperature negative or no number.
    """
    if max_tokens < 1:
        raise InvalidInput(f"max_tokens is {max_tokens}", hint="Ask for at least 1.")
    if beams < 1:
        raise InvalidInput(f"beams is {beams}", hint="Ask for at least 1.")
    if not 0 <= temperature < math.inf:
        raise InvalidInput(f"temperature is {temperature}", hint="0 is greedy.")
