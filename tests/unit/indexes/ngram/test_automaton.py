"""Graphs of alternatives: exactly the strings that they are made of, each by one path."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.indexes.ngram import SymbolBatch
from mnemic.indexes.ngram.automaton import MOST_BYTES, Automaton

if TYPE_CHECKING:
    from mnemic.indexes.ngram.automaton import Alternatives


def spelled(automaton: Automaton, node: int) -> list[bytes]:
    """Every string from a node to an end."""
    if automaton.last[node]:
        return [b""]
    edges = range(automaton.offsets[node], automaton.offsets[node + 1])
    return [
        bytes([automaton.symbols[edge]]) + rest
        for edge in edges
        for rest in spelled(automaton, automaton.targets[edge])
    ]


def each(*strings: bytes) -> list[tuple[bytes, int]]:
    return [(string, 1) for string in strings]


def test_a_pattern_spells_one_alternative_a_position() -> None:
    positions = [each(b"a", b"\xc3\xa4", b"\xc3\x84"), each(b"x"), each(b"\x00", b"yz")]
    automaton = Automaton.of([positions])
    wanted = [b"".join(string for string, _ in chosen) for chosen in product(*positions)]
    assert sorted(spelled(automaton, automaton.first[0])) == sorted(wanted)


def test_an_alternative_may_fill_several_positions() -> None:
    positions = [[(b"s", 1), (b"\xc3\x9f", 2)], each(b"s", b"S"), each(b"e")]
    automaton = Automaton.of([positions])
    assert sorted(spelled(automaton, 0)) == [b"sSe", b"sse", b"\xc3\x9fe"]


def test_patterns_do_not_share_nodes() -> None:
    automaton = Automaton.of([[each(b"ab")], [each(b"ac", b"b")], [each(b"ab")]])
    found = [sorted(spelled(automaton, node)) for node in automaton.first]
    assert found == [[b"ab"], [b"ac", b"b"], [b"ab"]]
    assert automaton.last.sum() == 3


@pytest.mark.parametrize(
    "positions",
    [
        [],
        [[(b"", 1)]],
        [[(b"a", 0)]],
        [[(b"a", 2)]],
        [each(b"a"), [(b"a", 2)]],
        [each(b"a", b"ab")],
        [each(b"ab", b"a")],
        [each(b"abc", b"ab")],
        [[(b"a", 1), (b"a", 2)], each(b"b")],
    ],
    ids=["none", "empty", "width0", "beyond", "beyond2", "prefix", "longer", "inner", "widths"],
)
def test_what_would_be_spelled_twice_or_never_is_refused(positions: Alternatives) -> None:
    with pytest.raises(InvalidInput, match=r"pattern|alternative"):
        Automaton.of([positions])


def test_a_pattern_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(LimitExceeded, match=str(MOST_BYTES)):
        Automaton.of([[each(b"a" * MOST_BYTES, b"b")]])


@pytest.mark.parametrize(
    "strings",
    [
        [b"a"],
        [b"ab", b"ac", b"b", b"cab", b"cac"],
        [character.encode() for character in "\x00a\u0080\u00e9\u07ff\u0800\u2019\u2020\U0001f600"],
    ],
)
def test_many_short_strings_share_their_beginnings(strings: list[bytes]) -> None:
    automaton = Automaton.of_strings(SymbolBatch.of_bytes(strings))
    assert sorted(spelled(automaton, automaton.first[0])) == strings
    beginnings = {string[:end] for string in strings for end in range(len(string))}
    assert len(automaton.last) == len(beginnings) + 1
