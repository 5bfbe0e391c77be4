"""What ``/completions`` tells about token ids: continuations, likeliest tokens, likelihoods.

Scoring by an echoed prompt: the probability of each prompt token given those before it comes back
with it, as in Gao et al., "A framework for few-shot language model evaluation", 2021.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mnemic.errors import DimensionMismatch, InvalidInput, Unavailable, Unsupported
from mnemic.llm.protocols import Generation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from threading import Event

    from mnemic.llm.http.endpoint import Endpoint
    from mnemic.llm.http.pieces import Pieces
    from mnemic.llm.http.results import Completion, Token

_ENDED = frozenset({"stop", "eos", "eos_token"})


@dataclass(frozen=True, slots=True)
class Scorer:
    """Token ids in, answers of one model out.

    Attributes:
        endpoint: Where.
        model: Its name there.
        pieces: The model's tokenizer.
        end: The token id that ends a generation, where it is known.
        top: Most likeliest tokens that the endpoint shows.
        prompts: What is sent: token ids, or their text.
        options: Further fields of every request.
    """

    endpoint: Endpoint
    model: str
    pieces: Pieces
    end: int | None
    top: int
    prompts: Literal["tokens", "text"]
    options: Mapping[str, Any]

    def generation(
        self, prompt: Sequence[int], *, max_tokens: int, temperature: float, seed: int
    ) -> Generation:
        """One continuation.

        Raises:
            Unavailable: The answer does not fit the tokenizer, or was cut by a filter.
        """
        asked: dict[str, Any] = {"temperature": temperature, "seed": seed}
        answer = self._ask(prompt, None, max_tokens=max_tokens, logprobs=1, **asked)
        tokens = list(self._shown(answer))
        if answer.finish_reason not in {*_ENDED, "length"}:
            raise Unavailable(f"{self.model} ended with {answer.finish_reason!r}")
        finished = answer.finish_reason in _ENDED
        if finished and tokens and self._is_end(tokens[-1].text):
            tokens.pop()
        ids = [self.pieces.id_of(token.text) for token in tokens]
        if len(ids) > max_tokens:
            raise Unavailable(f"{self.model} gave {len(ids)} tokens where {max_tokens} were asked")
        total = math.fsum(_known(token) for token in tokens)
        return Generation(np.array(ids, dtype=np.int64), total, finished)

    def likeliest(self, prompt: Sequence[int], stop: Event) -> Mapping[str, float]:
        """The likeliest next pieces with their log-probabilities; empty when none were shown."""
        answer = self._ask(prompt, stop, max_tokens=1, temperature=0.0, logprobs=self.top)
        tokens = self._shown(answer)
        return tokens[0].top if tokens else {}

    def likelihood(self, prompt: Sequence[int], ending: Sequence[int], stop: Event) -> float:
        """Natural-log probability of ``ending`` after ``prompt``; 0 for an empty ending.

        Raises:
            Unsupported: The endpoint did not echo the prompt.
            DimensionMismatch: It counts other tokens than the tokenizer.
        """
        if not ending:
            return 0.0
        whole = [*prompt, *ending]
        # Some endpoints refuse to generate nothing, so one token is asked for and left out.
        asked: dict[str, Any] = {"temperature": 0.0, "logprobs": 1, "echo": True}
        tokens = self._shown(self._ask(whole, stop, max_tokens=1, **asked))
        if len(tokens) <= 1:
            raise Unsupported(
                f"{self.endpoint.base_url} does not echo prompts with their probabilities",
                hint="Use an endpoint that can, such as vLLM, or a model that runs in process.",
            )
        if len(tokens) not in (len(whole), len(whole) + 1):
            raise DimensionMismatch(
                f"{self.model} sees {len(tokens)} tokens where the tokenizer has {len(whole)}",
                hint="Pass the tokenizer.json of this very model.",
            )
        return math.fsum(_known(token) for token in tokens[len(prompt) : len(whole)])

    def _ask(
        self, prompt: Sequence[int], stop: Event | None, *, max_tokens: int, **asked: Any
    ) -> Completion:
        sent = self._text_of(prompt) if self.prompts == "text" else prompt
        return self.endpoint.completions(
            self.model, sent, max_tokens=max_tokens, options=self.options, stop=stop, **asked
        )

    def _text_of(self, prompt: Sequence[int]) -> str:
        text = self.pieces.decode(prompt)
        if self.pieces.encode(text).tolist() != list(prompt):
            raise InvalidInput(
                "the prompt's tokens are not those of its text",
                hint="Encode a text, or pass prompts='tokens' where the endpoint takes ids.",
            )
        return text

    def _shown(self, answer: Completion) -> tuple[Token, ...]:
        if answer.tokens is None:
            raise Unsupported(
                f"{self.endpoint.base_url} shows no log-probabilities of {self.model}",
                hint="Use an endpoint that does, such as vLLM, or a model that runs in process.",
            )
        return answer.tokens

    def _is_end(self, piece: str) -> bool:
        if not piece:
            return True  # special tokens are often shown as nothing
        return self.end is not None and self.pieces.find(self.end, {piece: 0.0}) is not None


def _known(token: Token) -> float:
    if token.log_probability is None:
        raise Unavailable(f"the endpoint gave no probability for the token {token.text[:40]!r}")
    return token.log_probability
