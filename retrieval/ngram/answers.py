"""What a corpus says about a text: frozen values, each with ``to_json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any, NamedTuple


class Piece(NamedTuple):
    """One symbol of a context: its number and its text."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class NextToken:
    """What may come next.

    Attributes:
        id: The token's number; on the byte level the byte.
        text: As it reads in a text; a part of a character is shown as U+FFFD or in hexadecimal.
        count: Occurrences of the context that it follows.
        probability: ``count`` of all occurrences of the context.
    """

    id: int
    text: str
    count: int
    probability: float


@dataclass(frozen=True, slots=True)
class NextTokens:
    """The distribution of what follows a text.

    Attributes:
        text: What was asked.
        context: What was gone by: the text's own last symbols.
        context_text: The same as text.
        given: Symbols of the whole text.
        count: Occurrences of the context.
        distinct: Different symbols that follow it.
        tokens: The most frequent of them.
        ends: Occurrences of the context at the end of a document or of its title.
    """

    text: str
    context: tuple[Piece, ...]
    context_text: str
    given: int
    count: int
    distinct: int
    tokens: tuple[NextToken, ...]
    ends: int

    @property
    def end_probability(self) -> float | None:
        """Of the end of the document or title; ``None`` where the context does not occur."""
        return self.ends / self.count if self.count else None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "text": self.text,
            "context": {
                "text": self.context_text,
                "tokens": [piece._asdict() for piece in self.context],
                "length": len(self.context),
                "given": self.given,
            },
            "count": self.count,
            "distinct": self.distinct,
            "next": [asdict(token) for token in self.tokens],
            "ends": {"count": self.ends, "probability": self.end_probability},
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One token of a continuation.

    Attributes:
        id: The token's number; on the byte level the byte.
        text: As it reads in a text.
        count: Occurrences of the context that it follows.
        context_count: Occurrences of the context.
        context_length: Symbols of the context.
        probability: Of the token after the context; ``None`` where that does not occur.
    """

    id: int
    text: str
    count: int
    context_count: int
    context_length: int
    probability: float | None


@dataclass(frozen=True, slots=True)
class Continuation:
    """How likely one text is after another.

    Attributes:
        text: What stands before.
        next: What follows.
        steps: The tokens of ``next``, one after the other.
    """

    text: str
    next: str
    steps: tuple[Step, ...]

    @property
    def probability(self) -> float | None:
        """The product of the steps; ``None`` where a context does not occur."""
        known = [step.probability for step in self.steps if step.probability is not None]
        return prod(known) if len(known) == len(self.steps) else None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "text": self.text,
            "next": self.next,
            "probability": self.probability,
            "steps": [asdict(step) for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Match:
    """The longest match that begins at one position of a text.

    Attributes:
        start: First character of the match; the tokens that share a character may hold only a
            part of it, which is then not counted as a character of the match.
        length: Units (tokens, on the byte level characters) of the match; 0 for none.
        end: One past the last character of the match.
        count: Occurrences of the match.
    """

    start: int
    length: int
    end: int
    count: int


@dataclass(frozen=True, slots=True)
class Matches:
    """The longest match of every position of a text.

    Attributes:
        text: The text.
        matches: One per token, on the byte level one per character.
    """

    text: str
    matches: tuple[Match, ...]

    @property
    def longest(self) -> Match | None:
        """The first of the longest; ``None`` where nothing of the text occurs."""
        best = max(self.matches, key=lambda match: match.length, default=None)
        return best if best is not None and best.length else None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "text": self.text,
            "matches": [
                {**asdict(match), "text": self.text[match.start : match.end]}
                for match in self.matches
            ],
        }
