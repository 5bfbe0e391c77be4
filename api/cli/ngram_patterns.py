"""Options that say how a substring is looked for, and the patterns that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.retrieval.ngram.patterns import Pattern

F = TypeVar("F", bound="Callable[..., Any]")
EDGES = click.Choice(["anywhere", "word", "field"])


def how(function: F) -> F:
    """Add the options of patterns; they arrive as ``ignore_case``, ``whole_word``, ..."""
    for option in reversed(_HOW):
        function = option(function)
    return function


_HOW = (
    click.option("--ignore-case", "-i", is_flag=True, help="Upper and lower case are one."),
    click.option("--whole-word", "-w", is_flag=True, help="Only where words begin and end."),
    click.option(
        "--begins",
        type=EDGES,
        default="anywhere",
        show_default=True,
        help="Only where a word, or a title or text (field), begins.",
    ),
    click.option(
        "--ends",
        type=EDGES,
        default="anywhere",
        show_default=True,
        help="Only where a word, or a title or text (field), ends.",
    ),
)


def patterns_of(texts: Sequence[str], **options: Any) -> list[Pattern]:
    """The patterns that texts and options mean.

    Raises:
        InvalidInput: A text is empty.
    """
    from mnemic.sdk.substrings import pattern_of

    return [pattern_of(text, **options) for text in texts]
