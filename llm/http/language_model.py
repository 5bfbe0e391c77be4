"""A language model behind an endpoint: what ``/completions`` can do, and no more.

Endpoints speak text and pieces of text; the protocol speaks token ids. A ``tokenizer.json`` of the
same model translates, and every answer is held against it: an endpoint that counts other tokens
than the tokenizer is an error, never a silently wrong probability.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import numpy as np

from mnemic.errors import InvalidInput, Unsupported
from mnemic.llm.http.identity import model_fingerprint
from mnemic.llm.http.pieces import Pieces
from mnemic.llm.http.scoring import Scorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mnemic.llm.http.endpoint import Endpoint
    from mnemic.llm.protocols import Constraint, Generation, Prefix, TokenIds
    from mnemic.types import Fingerprint

_HERE = "A model that runs in process can, such as smollm2 with mnemic[llm]."


class EndpointLanguageModel:
    """``LanguageModel`` on ``/completions``; threads may share it.

    Args:
        endpoint: Where.
        model: Its name there.
        tokenizer: The model's ``tokenizer.json``; without it there are no token ids, and all that
            needs them is ``Unsupported``.
        end_of_sequence: The token id that ends a generation.
        top: Most likeliest tokens that the endpoint shows at a place.
        prompts: What is sent: token ids, or their text for an endpoint that takes no ids.
        options: Further fields of every request, such as ``return_tokens_as_token_ids``.

    Raises:
        IndexCorrupt: The tokenizer cannot be read.
        InvalidInput: ``end_of_sequence`` is no token of the tokenizer, or ``top`` below 1.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        tokenizer: Path | None = None,
        end_of_sequence: int | None = None,
        top: int = 5,
        prompts: Literal["tokens", "text"] = "tokens",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if top < 1:
            raise InvalidInput(f"top is {top}", hint="Ask for at least one.")
        self._endpoint = endpoint
        self._model = model
        self._end = end_of_sequence
        self._fingerprint = model_fingerprint(endpoint.host, model, tokenizer)
        self._known: Scorer | None = None
        if tokenizer is None:
            return
        pieces = Pieces(tokenizer)
        if end_of_sequence is not None and not 0 <= end_of_sequence < pieces.size:
            raise InvalidInput(f"end_of_sequence is {end_of_sequence}, which is no token")
        self._known = Scorer(
            endpoint, model, pieces, end_of_sequence, top, prompts, dict(options or {})
        )

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity: host, model and tokenizer; an endpoint does not tell its weights."""
        return self._fingerprint

    @property
    def vocabulary_size(self) -> int:
        """Tokens of the tokenizer.

        Raises:
            Unsupported: There is no tokenizer.
        """
        return self._scorer.pieces.size

    @property
    def end_of_sequence(self) -> int:
        """The token id that ends a generation.

        Raises:
            Unsupported: It was not given; a tokenizer file does not tell.
        """
        if self._end is None:
            raise Unsupported(
                f"{self._model} has no end_of_sequence", hint="Pass end_of_sequence=ID."
            )
        return self._end

    def encode(self, text: str) -> TokenIds:
        """Token ids of a text, without special tokens.

        Raises:
            Unsupported: There is no tokenizer.
            InvalidInput: The text is no valid Unicode.
        """
        return self._scorer.pieces.encode(text)

    def decode(self, tokens: TokenIds) -> str:
        """Text of token ids.

        Raises:
            Unsupported: There is no tokenizer.
        """
        return self._scorer.pieces.decode(tokens)

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
        """The greedy continuation, or one sample at temperature > 0; one request.

        Raises:
            InvalidInput: ``max_tokens`` or ``beams`` below 1, or a temperature that is
                negative or infinite.
            Unsupported: A constraint, more than one beam, or a prefix.
            Unavailable: The answer lacks tokens, or they are not the tokenizer's.
        """
        _check(max_tokens=max_tokens, beams=beams, temperature=temperature)
        if constraint is not None:
            self._refuse("apply a constraint")
        if beams > 1:
            self._refuse("search with beams")
        found = self._scorer.generation(
            self._ids_of(prompt), max_tokens=max_tokens, temperature=temperature, seed=seed
        )
        return (found,)

    def next_logits(
        self, prompts: Sequence[TokenIds], tokens: Sequence[int]
    ) -> NDArray[np.float32]:
        """Log-probabilities of chosen next tokens: float32 [prompts, tokens].

        They are logits up to a constant for each prompt, which is all that an endpoint tells. One
        request a prompt shows the likeliest; each chosen token that is not among them costs one
        more, by ``log_likelihood``.

        Raises:
            Unsupported: There is no tokenizer, or the endpoint cannot echo.
            InvalidInput: A token is not in the vocabulary.
        """
        scorer, size = self._scorer, self.vocabulary_size
        if wrong := [token for token in tokens if not 0 <= token < size]:
            raise InvalidInput(f"{wrong[0]} is no token", hint=f"There are {size:,}.")
        calls = [partial(scorer.likeliest, self._ids_of(prompt)) for prompt in prompts]
        values = np.full((len(prompts), len(tokens)), np.nan)
        for row, top in enumerate(self._endpoint.side_by_side(calls) if values.size else ()):
            found = [scorer.pieces.find(int(token), top) for token in tokens]
            values[row] = [np.nan if value is None else value for value in found]
        hidden = [(int(row), int(at)) for row, at in np.argwhere(np.isnan(values))]
        values[np.isnan(values)] = self.log_likelihood(
            [prompts[row] for row, _ in hidden],
            [np.array([tokens[at]], np.int64) for _, at in hidden],
        )
        return values.astype(np.float32)

    def log_likelihood(
        self, prompts: Sequence[TokenIds | Prefix], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        """Natural-log probability of each continuation: float64 [prompts]; one request each.

        Raises:
            InvalidInput: An empty prompt before a continuation, for whose first token an endpoint
                has no probability; or another number of prompts than of continuations.
            Unsupported: There is no tokenizer, or the endpoint cannot echo.
            DimensionMismatch: The endpoint counts other tokens than the tokenizer.
        """
        if len(prompts) != len(continuations):
            raise InvalidInput(f"{len(prompts)} prompts with {len(continuations)} continuations")
        pairs = [
            (self._ids_of(prompt), [int(token) for token in continuation])
            for prompt, continuation in zip(prompts, continuations, strict=True)
        ]
        for place, (prompt, continuation) in enumerate(pairs):
            if continuation and not prompt:
                raise InvalidInput(f"prompt {place} is empty", hint="Begin with a special token.")
        calls = [partial(self._scorer.likelihood, prompt, end) for prompt, end in pairs]
        return np.array(self._endpoint.side_by_side(calls), dtype=np.float64)

    def hidden_states(
        self, prompts: Sequence[TokenIds], positions: Sequence[int], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """Always ``Unsupported``: an endpoint shows no states."""
        self._refuse("show hidden states")

    def prefix(self, prompt: TokenIds) -> Prefix:
        """Always ``Unsupported``: an endpoint keeps its caches to itself."""
        self._refuse("keep a prefix")

    @property
    def _scorer(self) -> Scorer:
        if self._known is None:
            raise Unsupported(
                f"{self._model} at {self._endpoint.host} has no token ids",
                hint="Pass tokenizer=PATH, the model's tokenizer.json.",
            )
        return self._known

    def _ids_of(self, prompt: TokenIds | Prefix) -> list[int]:
        if not isinstance(prompt, np.ndarray):
            self._refuse("continue a prefix")
        return [int(token) for token in prompt]

    def _refuse(self, what: str) -> NoReturn:
        raise Unsupported(f"{self._model} at {self._endpoint.host} cannot {what}", hint=_HERE)


def _check(*, max_tokens: int, beams: int, temperature: float) -> None:
    if max_tokens < 1:
        raise InvalidInput(f"max_tokens is {max_tokens}", hint="Ask for at least one.")
    if beams < 1:
        raise InvalidInput(f"beams is {beams}", hint="Ask for at least one.")
    if not 0 <= temperature < math.inf:
        raise InvalidInput(f"temperature is {temperature}", hint="0 is greedy.")
