"""What an endpoint answered, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost, in the endpoint's own tokens.

    Attributes:
        prompt_tokens: Tokens that went in.
        completion_tokens: Tokens that came out; 0 for embeddings.
    """

    prompt_tokens: int
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The vectors of some texts.

    Attributes:
        vectors: float32 [texts, dims], finite; row i belongs to text i. No texts: [0, 0].
        usage: Of all requests together; ``None`` when the endpoint did not say.
        model: What the endpoint calls the model that answered; empty when it did not say.
    """

    vectors: NDArray[np.float32]
    usage: Usage | None
    model: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat: ``role`` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, as the endpoint shows it.

    Attributes:
        text: The piece; endpoints do not promise that pieces are whole characters.
        log_probability: Natural log; ``None`` for the first token of an echoed prompt.
        top: The likeliest pieces at this place, with natural logs; empty unless asked for.
    """

    text: str
    log_probability: float | None
    top: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote, by chat or as the continuation of a prompt.

    Attributes:
        text: What was written; with ``echo`` it begins with the prompt.
        finish_reason: ``stop``, ``length``, ``content_filter`` or another word of the endpoint's.
        tokens: With their log-probabilities; ``None`` when the endpoint gave none.
        usage: ``None`` when the endpoint did not say.
        model: What the endpoint calls the model that answered; empty when it did not say.
    """

    text: str
    finish_reason: str
    tokens: tuple[Token, ...] | None
    usage: Usage | None
    model: str
