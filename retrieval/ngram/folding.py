"""Which characters are one letter when case is ignored: Unicode's full case folding, reversed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.indexes.ngram.automaton import Alternatives

CASED = 0x20000
"""No character from here on has a case; a test holds it for the Python that runs."""


def folded(text: str) -> Alternatives:
    """A text as a pattern that ignores case.

    It matches exactly the runs of whole characters whose ``str.casefold()`` is that of the text:
    Unicode's full case folding, without regard to language. So these are one letter:

    - upper, lower and title case of all scripts: ``A`` and ``a``, U+01C4, U+01C5 and U+01C6;
    - what folds alike: long s (U+017F) and ``s``, the Kelvin sign (U+212A) and ``k``, final sigma
      (U+03C2) and sigma (U+03C3, U+03A3), the micro sign (U+00B5) and mu (U+03BC);
    - one character and the several that it folds to: sharp s (U+00DF, U+1E9E) and ``ss``, the
      ligature U+FB01 and ``fi``, dotted capital I (U+0130) and ``i`` with U+0307.

    Dotless i (U+0131) is only itself, and U+0130 is not ``i``, as in every language but Turkish
    and Azerbaijani. Nothing is normalised: an accented letter in one character is not the letter
    with a combining accent. A match never begins or ends inside a character, so that ``s`` is not
    found in sharp s.

    Args:
        text: Not empty, without lone surrogates.

    Returns:
        Positions of the folded text, with every character that folds to what stands there.
    """
    table, characters = _unfolded(), text.casefold()
    return [_alternatives(table, characters, place) for place in range(len(characters))]


def _alternatives(
    table: Mapping[str, tuple[bytes, ...]], characters: str, place: int
) -> list[tuple[bytes, int]]:
    found = [(characters[place].encode(), 1)]
    for width in range(1, min(3, len(characters) - place) + 1):
        others = table.get(characters[place : place + width], ())
        found.extend((other, width) for other in others)
    return found


@cache
def _unfolded() -> Mapping[str, tuple[bytes, ...]]:
    """Folded characters -> all other characters that fold to them; made once, in about 15 ms."""
    table: dict[str, tuple[bytes, ...]] = {}
    for character in map(chr, range(0xD800)):
        _enter(table, character)
    for character in map(chr, range(0xE000, CASED)):
        _enter(table, character)
    return table


def _enter(table: dict[str, tuple[bytes, ...]], character: str) -> None:
    fold = character.casefold()
    if fold != character:
        table[fold] = (*table.get(fold, ()), character.encode())
