"""What a language model can be asked: tokens, logits, likelihoods, states; never a document.

Implementations are in-process transformers or any OpenAI-compatible endpoint. What one cannot do
raises ``Unsupported`` and says which can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.types import Fingerprint

TokenIds: TypeAlias = NDArray[np.int64]
"""One sequence of token ids, int64 [length]."""


class Constraint(Protocol):
    """Which tokens may come next: the hook that substring indexes supply."""

    def __call__(self, tokens: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Allow-mask of the next step for every live beam, in one call.

        Args:
            tokens: int64 [beams, step], what each beam has generated so far; step 0 is empty.
            parents: int64 [beams], the row of the previous call that each beam continues, so that
                an implementation can keep one state a beam and never start again; empty at step 0.

        Returns:
            bool [beams, vocabulary]. A row with no True ends its beam. The end-of-sequence token
            is only allowed where its bit is set.
        """
        ...


@runtime_checkable
class ScoredConstraint(Protocol):
    """A constraint that wants to know how likely the beams are, which costs the model nothing."""

    def scored(self, log_probabilities: NDArray[np.float64]) -> None:
        """Told right before each call, of the same beams.

        Args:
            log_probabilities: float64 [beams], natural log of the model's own probability of what
                each beam has generated so far; 0 at step 0.
        """
        ...


@dataclass(frozen=True, slots=True)
class Generation:
    """One generated sequence.

    Attributes:
        tokens: int64 [length], without the prompt and without end-of-sequence.
        log_probability: Natural log of the model's own probability of ``tokens``: the
            unconstrained softmax, summed over the tokens (the constraint only selects).
        finished: True when the model ended it or the constraint left nothing; False at the cap.
    """

    tokens: TokenIds
    log_probability: float
    finished: bool


class Prefix(Protocol):
    """A prompt's key-value cache; immutable, so that many continuations can share it."""

    @property
    def tokens(self) -> TokenIds:
        """The token ids that the cache covers."""
        ...


@runtime_checkable
class LanguageModel(Protocol):
    """A causal or sequence-to-sequence model behind token ids."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity of weights and tokenizer."""
        ...

    @property
    def vocabulary_size(self) -> int:
        """Width of logits and masks."""
        ...

    @property
    def end_of_sequence(self) -> int:
        """The token id that ends a generation."""
        ...

    def encode(self, text: str) -> TokenIds:
        """Token ids of a text, without special tokens."""
        ...

    def decode(self, tokens: TokenIds) -> str:
        """Text of token ids."""
        ...

    def generate(
        self,
        prompt: TokenIds | Prefix,
        *,
        max_tokens: int,
        beams: int = 1,
        temperature: float = 0.0,
        seed: int = 0,
        constraint: Constraint | None = None,
    ) -> tuple[Generation, ...]:
        """The ``beams`` best continuations by log-probability, or one sample at temperature > 0.

        Raises:
            InvalidInput: ``max_tokens`` or ``beams`` below 1, or a temperature that is negative,
                infinite or no number.
            Unsupported: The endpoint cannot apply a constraint or search with beams.
        """
        ...

    def next_logits(
        self, prompts: Sequence[TokenIds], tokens: Sequence[int]
    ) -> NDArray[np.float32]:
        """Logits of chosen next tokens after each prompt: float32 [prompts, tokens]."""
        ...

    def log_likelihood(
        self, prompts: Sequence[TokenIds | Prefix], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        """Natural-log probability of each continuation after its prompt: float64 [prompts]."""
        ...

    def hidden_states(
        self, prompts: Sequence[TokenIds], positions: Sequence[int], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """Hidden states at chosen positions: float32 [prompts, positions, width]."""
        ...

    def prefix(self, prompt: TokenIds) -> Prefix:
        """Compute a prompt's cache once, to be continued many times."""
        ...
