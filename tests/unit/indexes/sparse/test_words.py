"""The table of words: how texts are cut, what a policy is asked, and what it may answer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse.words import BREAKING, JOINING, PAIRED, UNSPACED, WordTable

if TYPE_CHECKING:
    from mnemic.indexes.sparse import TermBatch

KINDS = [(0x2014, 0x2014, BREAKING), (0x4E00, 0x9FFF, PAIRED), (0x0E01, 0x0E3A, UNSPACED)]
KINDS += [(0xFF0C, 0xFF0C, JOINING), (0x20000, 0x2FFFF, PAIRED)]


class Asked:
    """A policy whose terms are the words themselves, and which notes what it was asked."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, words: list[str]) -> list[str | tuple[str, ...]]:
        self.words += words
        return list(words)


def table(*, code: bool = False, lower: bool = True, threads: int = 1) -> WordTable:
    return WordTable(KINDS, code=code, lower=lower, longest=16, threads=threads)


def rows(batch: TermBatch) -> list[list[str]]:
    names = [name.decode() for name in batch.vocabulary]
    ends = batch.offsets.tolist()
    numbers = batch.terms.tolist()
    return [[names[n] for n in numbers[a:b]] for a, b in pairwise(ends)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Don't STOP, o'clock's", ["don't", "stop", "o'clock's"]),
        (
            "3.14 1,000 .5 1. a,b U.S.A. ab.c",
            ["3.14", "1,000", "5", "1", "a", "b", "u.s.a", "ab", "c"],
        ),
        ("caf\u00e9's (\u00e9) x\u2014\u00e9", ["caf\u00e9's", "\u00e9", "x", "\u00e9"]),
        ("\u65e5\u672c\u8a9e \u65e5", ["\u65e5\u672c", "\u672c\u8a9e", "\u65e5"]),
        ("\U00020000\U00020001", ["\U00020000\U00020001"]),
        ("ab\u65e5\uff0c\u672c12", ["ab", "\u65e5", "\uff0c", "\u672c", "12"]),
        ("x\u65e5", ["x\u65e5"]),
        ("\u0e01\u65e5", ["\u0e01\u65e5"]),
        ("\0a\x7fb", ["a", "b"]),
    ],
)
def test_texts_are_cut_into_words(text: str, words: list[str]) -> None:
    assert rows(table().read([text], Asked())) == [words]


def test_code_joins_paths_and_keeps_its_case() -> None:
    text = "os.Path a::b p->q x->1 a.1 C:/d"
    words = ["os.Path", "a::b", "p->q", "x", "1", "a", "1", "C", "d"]
    assert rows(table(code=True, lower=False).read([text], Asked())) == [words]


def test_each_new_word_is_asked_for_once() -> None:
    words, asked = table(), Asked()
    words.read(["a b a", "B c"], asked)
    words.read(["c b d"], asked)
    assert asked.words == ["a", "b", "c", "d"]


def test_long_words_and_stretches_without_spaces_are_asked_for_in_each_batch() -> None:
    words, asked = table(), Asked()
    once = ["x" * 17, "\u0e01\u0e02"]
    for _ in range(2):
        words.read([*once, *once, "y" * 16], asked)
    assert asked.words == [*once, "y" * 16, *once]


def test_words_have_none_one_or_several_terms() -> None:
    terms: dict[str, str | tuple[str, ...]] = {"a": (), "b": "B", "c": ("C", "\u00e9", "B")}
    words = table()
    for _ in range(2):
        batch = words.read(["a", "c b a c"], lambda asked: [terms[word] for word in asked])
        assert rows(batch) == [[], ["C", "\u00e9", "B", "B", "C", "\u00e9", "B"]]
        assert list(batch.vocabulary) == [b"C", "\u00e9".encode(), b"B"]


@pytest.mark.parametrize("known", [0, 10, 5_000])
def test_terms_are_numbered_by_first_occurrence(known: int) -> None:
    words = table()
    words.read([" ".join(f"k{number}" for number in range(known))], Asked())
    for count in (1, 40, 3_000):
        own = [f"w{number * 7919 % count}" for number in range(2 * count)]
        batch = words.read([" ".join(own)], Asked())
        assert list(batch.vocabulary) == [word.encode() for word in dict.fromkeys(own)]
        assert rows(batch) == [own]


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_of_many_parts_and_blocks_are_in_order(threads: int) -> None:
    texts = [f"{number} x{number % 977} " * 11 for number in range(70_000)]
    batch = table(threads=threads).read(texts, Asked())
    assert batch.offsets.tolist() == list(range(0, 22 * len(texts) + 1, 22))
    assert rows(batch)[::997] == [text.split() for text in texts[::997]]


def test_arrays_are_those_of_a_batch() -> None:
    for texts in ([], [""], ["a b"]):
        batch = table().read(texts, Asked())
        assert batch.offsets.dtype == np.dtype(np.int64)
        assert batch.terms.dtype == np.dtype(np.uint32)
        assert len(batch) == len(texts)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", b"b"], r"expected str, got bytes in texts\[1\]"),
        (["a", "b\ud800"], r"surrogate U\+D800 at character 1 of texts\[1\]"),
        (["\U0001f44d\udfff"], r"surrogate U\+DFFF at character 1 of texts\[0\]"),
    ],
)
def test_what_is_no_text_is_named(texts: list[Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        table().read(texts, Asked())


@pytest.mark.parametrize("answer", [[], ["a", "b"], [1], [("a", 1)], ("a",), None, [["a"]]])
def test_answers_that_are_none_are_refused(answer: Any) -> None:
    words = table()
    with pytest.raises(InvalidInput, match="the policy gave"):
        words.read(["new"], lambda _: answer)
    assert rows(words.read(["new"], Asked())) == [["new"]]


def test_errors_of_the_policy_reach_the_caller() -> None:
    def fails(words: list[str]) -> list[str | tuple[str, ...]]:
        raise LookupError(words[0])

    with pytest.raises(LookupError, match="new"):
        table().read(["new"], fails)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ([(5, 4, PAIRED)], "5 to 4 are no range"),
        ([(0, 0x110000, PAIRED)], "no range"),
        ([(0x80, 0x90, 5)], r"ranges\[0\]: there is no kind 5"),
    ],
)
def test_kinds_are_checked(kinds: list[tuple[int, int, int]], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        WordTable(kinds, code=False, lower=True, longest=16)


def test_threads_are_checked() -> None:
    with pytest.raises(InvalidInput, match="threads=-1"):
        table(threads=-1)


def test_a_table_grows_with_its_words() -> None:
    words = table()
    sizes = []
    for start in range(0, 4_000, 1_000):
        words.read([" ".join(f"w{number}" for number in range(start, start + 1_000))], Asked())
        sizes.append(words.memory)
    assert sizes == sorted(set(sizes))
    assert 4_000 * 32 < sizes[-1] < 4_000 * 100
