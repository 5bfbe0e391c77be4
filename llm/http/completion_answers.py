"""From the bodies of ``/completions`` and ``/chat/completions`` to one ``Completion``."""

from __future__ import annotations

from typing import Any

from mnemic.llm.http.answers import (
    float_of,
    given,
    list_of,
    model_of,
    object_of,
    odd,
    read_object,
    string_of,
    usage_of,
)
from mnemic.llm.http.results import Completion, Token


def read_completion(body: bytes) -> Completion:
    """The one choice of ``/completions``.

    Raises:
        Unavailable: The body is not JSON of that form.
    """
    answer = read_object(body)
    choice = _only_choice(answer)
    logprobs = choice.get("logprobs")
    return Completion(
        text=string_of(choice.get("text"), "text"),
        finish_reason=string_of(given(choice.get("finish_reason"), ""), "finish_reason"),
        tokens=None if logprobs is None else _tokens(object_of(logprobs, "logprobs")),
        usage=usage_of(answer),
        model=model_of(answer),
    )


def read_chat(body: bytes) -> Completion:
    """The one choice of ``/chat/completions``; a message without content is an empty text.

    Raises:
        Unavailable: The body is not JSON of that form.
    """
    answer = read_object(body)
    choice = _only_choice(answer)
    message = object_of(choice.get("message"), "message")
    content = object_of(given(choice.get("logprobs"), {}), "logprobs").get("content")
    return Completion(
        text=string_of(given(message.get("content"), ""), "content"),
        finish_reason=string_of(given(choice.get("finish_reason"), ""), "finish_reason"),
        tokens=None if content is None else _chat_tokens(list_of(content, "logprobs.content")),
        usage=usage_of(answer),
        model=model_of(answer),
    )


def _only_choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = list_of(answer.get("choices"), "choices")
    if len(choices) != 1:
        raise odd(f"{len(choices)} choices where one was asked for")
    return object_of(choices[0], "a choice")


def _tokens(logprobs: dict[str, Any]) -> tuple[Token, ...]:
    pieces = list_of(logprobs.get("tokens"), "logprobs.tokens")
    values = list_of(logprobs.get("token_logprobs"), "logprobs.token_logprobs")
    tops = list_of(
        given(logprobs.get("top_logprobs"), [None] * len(pieces)), "logprobs.top_logprobs"
    )
    if not len(pieces) == len(values) == len(tops):
        raise odd(f"{len(pieces)} tokens with {len(values)} log-probabilities")
    return tuple(
        Token(string_of(piece, "a token"), _optional(value), _top(top))
        for piece, value, top in zip(pieces, values, tops, strict=True)
    )


def _chat_tokens(content: list[Any]) -> tuple[Token, ...]:
    items = [object_of(item, "an item of logprobs.content") for item in content]
    return tuple(
        Token(
            string_of(item.get("token"), "a token"),
            float_of(item.get("logprob"), "logprob"),
            _chat_top(list_of(given(item.get("top_logprobs"), []), "top_logprobs")),
        )
        for item in items
    )


def _optional(value: object) -> float | None:
    return None if value is None else float_of(value, "a log-probability")


def _top(value: object) -> dict[str, float]:
    top = object_of(given(value, {}), "an item of top_logprobs")
    return {piece: float_of(number, "a log-probability") for piece, number in top.items()}


def _chat_top(items: list[Any]) -> dict[str, float]:
    pairs = [object_of(item, "an item of top_logprobs") for item in items]
    return {
        string_of(pair.get("token"), "a token"): float_of(pair.get("logprob"), "logprob")
        for pair in pairs
    }
