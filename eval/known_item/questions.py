"""From documentation to known-item questions: a first sentence asks for the thing it came from."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.eval.known_item.items import Item

FEWEST_WORDS = 4
MOST_WORDS = 40
FEWEST_LEFT = 12
MOST_RELEVANT = 3
_END = re.compile(r"(?<=[.!?])(?=\s)|\n\s*\n")
_PROMPT = ">>>"
_WORD = re.compile(r"\w+")
_SIGNATURE = re.compile(r"^[\w.]+\([^\n]*\)[^\n]*(?:\n|$)")


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence and the items that it began.

    Attributes:
        text: The sentence on one line.
        key: Its words in lower case; equal keys are the same question.
        items: Ids of the items whose documentation began with it.
    """

    text: str
    key: str
    items: tuple[str, ...]


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence on one line, and the text without it.

    A signature line as C documentation begins with is not a sentence; it is dropped from both.
    """
    body = _SIGNATURE.sub("", text, count=1).lstrip()
    match = _END.search(body)
    end = match.start() if match else len(body)
    return " ".join(body[:end].split()), body[end:].strip()


def key(text: str) -> str:
    """Words in lower case, one space apart."""
    return " ".join(_WORD.findall(text.lower()))


def choose(items: Sequence[Item], count: int, *, seed: int) -> list[Question]:
    """A seeded sample of questions, sorted by key.

    A sentence qualifies when it is prose of 4 to 40 words, when 12 words of documentation stay
    behind it, when it began at most three items, and when no other item contains it anywhere.
    """
    candidates = _candidates(items)
    haystack = "".join(f" {key(item.text)} \n" for item in items)
    chosen: list[Question] = []
    for question in _shuffled(candidates, seed):
        if len(chosen) == count:
            break
        if haystack.count(f" {question.key} ") == len(question.items):
            chosen.append(question)
    return sorted(chosen, key=lambda question: question.key)


def _candidates(items: Sequence[Item]) -> list[Question]:
    began: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for item in items:
        sentence, rest = first_sentence(item.text)
        began[key(sentence)].append((item.id, sentence, len(_WORD.findall(rest))))
    return [
        Question(same[0][1], words, tuple(identity for identity, _, _ in same))
        for words, same in sorted(began.items())
        if FEWEST_WORDS <= len(words.split()) <= MOST_WORDS
        and len(same) <= MOST_RELEVANT
        and _PROMPT not in same[0][1]
        and all(left >= FEWEST_LEFT for _, _, left in same)
    ]


def _shuffled(questions: list[Question], seed: int) -> list[Question]:
    return random.Random(seed).sample(questions, len(questions))
