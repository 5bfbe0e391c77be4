"""Case folding: which characters are one letter, for all characters of this Python's Unicode."""

from __future__ import annotations

from itertools import chain

import pytest

from mnemic.retrieval.ngram.folding import CASED, folded

CASED_CHARACTERS = {
    character: character.casefold()
    for character in map(chr, chain(range(0xD800), range(0xE000, 0x110000)))
    if character.casefold() != character
}


def spelled(text: str) -> set[str]:
    """Every string that a short pattern matches."""
    positions = folded(text)
    found = {0: {""}}
    for place, alternatives in enumerate(positions):
        for string, width in alternatives:
            longer = {start + string.decode() for start in found.get(place, ())}
            found.setdefault(place + width, set()).update(longer)
    return found[len(positions)]


def test_every_character_finds_all_characters_of_its_fold() -> None:
    families: dict[str, set[str]] = {}
    for character, fold in CASED_CHARACTERS.items():
        families.setdefault(fold, {fold}).add(character)
    assert len(families) > 1000
    assert all(family <= spelled(fold) for fold, family in families.items())


def test_folds_are_stable_and_short_and_end_where_the_table_does() -> None:
    assert all(fold.casefold() == fold for fold in CASED_CHARACTERS.values())
    assert max(len(fold) for fold in CASED_CHARACTERS.values()) == 3
    assert max(CASED_CHARACTERS) < chr(CASED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s", {"s", "S", "\u017f"}),
        ("\u00df", {"\u00df", "\u1e9e", *(a + b for a in "sS\u017f" for b in "sS\u017f")}),
        ("k\u212a", {a + b for a in "kK\u212a" for b in "kK\u212a"}),
        ("\u03c2", {"\u03c3", "\u03c2", "\u03a3"}),
        ("\u01c5", {"\u01c4", "\u01c5", "\u01c6"}),
        ("i", {"i", "I"}),
        ("\u0131", {"\u0131"}),
        ("\u0130", {"\u0130", "i\u0307", "I\u0307"}),
        ("\u00e9", {"\u00e9", "\u00c9"}),
        ("\u5b57_1", {"\u5b57_1"}),
    ],
)
def test_a_text_finds_what_folds_to_the_same(text: str, found: set[str]) -> None:
    assert spelled(text) == found


def test_ligatures_overlap_with_their_letters() -> None:
    ffi = spelled("ffi")
    assert {"ffi", "FFI", "\ufb00i", "f\ufb01", "\ufb03", "F\ufb01"} <= ffi
    assert len(ffi) == 2 * 2 * 2 + 2 + 2 + 1
