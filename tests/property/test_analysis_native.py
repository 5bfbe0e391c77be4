"""Native analysis equals the policy, term for term: the policy is the oracle, text by text."""

from __future__ import annotations

import json
import sys
import unicodedata
from itertools import pairwise, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import FULL, scaled

from mnemic.retrieval.analysis import Analyzer, AnalyzerSpec
from mnemic.retrieval.analysis.characters import BREAKS, IGNORABLE, SIMPLE_CJK
from mnemic.retrieval.analysis.kinds import kinds_of_characters
from mnemic.retrieval.analysis.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from mnemic.indexes.sparse import TermBatch

LANGUAGES = ["english", "french", "german", "italian", "russian", "turkish", "arabic", "none"]
SPECS = [
    AnalyzerSpec(language=language, code=code, cjk_bigrams=cjk)
    for language, code, cjk in product(LANGUAGES, (False, True), (False, True))
] + [AnalyzerSpec(stop_words=False), AnalyzerSpec(stem=False)]

ASCII = (
    "the Running ISN'T don't won't Can't O'Brien's l'Homme dell'acqua qu'il dogs' 'tis I II "
    "U.S.A. e.g. M.I.T a.b a.b.c .5 3.14 1,000,000 1,00 2011,2012 v1.2.3 1.a a.1 x_y _ __init__ "
    "getUserName HTTPServer_v2 os.path.isFile std::vector p->next a->1 a::1 a-b a:b a>b -- -> :: "
    "covid-19 10kg https://a.example/b?c=d&e=1 <p>x</p> =\u0338 <\u0338b >\u0338 a=b 0x1F"
)
UNICODE = (
    "caf\u00e9 cafe\u0301 \u0301a na\u00efve Stra\u00dfe STRASSE \u0130stanbul Isparta \u0131 "
    "\ufb01ne \uff21\uff22 \uff11\uff0c\uff10 \u2460 \u2162 m\u00b2 Python\u2122 \u2122 "
    "don\u2019t l\u2019homme O\u02bcB \uff07s \u2018a\u2019 \u201cBig\u201d a\u2014b a\u2026b "
    "1\u20132 1.\u2026 info\u00admation a\u200db \u200d \ufe0f \u00a0 \u00b4a \u00b7 \u0140l "
    "\u0645\u0640\u0631\u062d\u0628\u0627 \u05e9\u05b8\u05c1 \u043a\u043d\u0438\u0433\u0438 "
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0968\u0966 \u65e5\u672c\u8a9e \u65e5 \u65e5a.b "
    "\u4f7f\u7528Python\u7f16\u7a0b \u30ab\u30bf \uff76\uff9e \u30ab\u3099 \ud55c\uad6d "
    "\u1112\u1161\u11ab \u65e5\u672c\u3002\u4e2d\u56fd \u65e5\uff0c\u672c \u65e5\u0301\u672c "
    "\u0e20\u0e32\u0e29\u0e32 \u0e19\u0e49\u0e33 \u1797\u17b6\u179f\u17b6 \u0eaa\u0eb0 \u3314 "
    "\U0001f44d\U0001f3fd \U0001f1f5\U0001f1f9 \U0001f469\u200d\U0001f4bb \U00020000\U00020001 "
    "\u2776a \U00010400 \ufdfa \u1e9e \u0390 \u212b \u2126"
)
WORDS, OTHERS = ASCII.split(" "), UNICODE.split(" ")
BLOBS = [
    "x" * 300,
    "\u00e9" * 140,
    "A1" * 80,
    "_" * 500,
    "\u65e5" * 90,
    "\u0e01" * 99,
    "\U0001f44d" * 40,
]
JOINTS = [
    " ",
    "",
    "'",
    "\u2019",
    ".",
    ",",
    "-",
    "\u2014",
    "\0",
    "\n",
    "(",
    "\u00a0",
    "\u0301",
    "::",
]
PIECES = st.sampled_from(WORDS) | st.sampled_from(OTHERS) | st.text(max_size=8)
SOUP = st.lists(st.tuples(PIECES, st.sampled_from(JOINTS)), max_size=10).map(
    lambda parts: "".join(map("".join, parts))
)
TEXTS = SOUP | st.text(max_size=40) | st.sampled_from(BLOBS)


def rows(batch: TermBatch) -> list[list[str]]:
    names = [term.decode() for term in batch.vocabulary]
    numbers = batch.terms.tolist()
    return [
        [names[number] for number in numbers[start:end]]
        for start, end in pairwise(batch.offsets.tolist())
    ]


def differing(spec: AnalyzerSpec, texts: Sequence[str], analyzer: Analyzer) -> list[object]:
    """Texts whose terms are not those of the policy."""
    policy = Policy(spec)
    expected = map(policy.terms, texts)
    found = rows(analyzer.analyze_batch(texts))
    return [
        (text, own, right)
        for text, own, right in zip(texts, found, expected, strict=True)
        if own != right
    ]


COLLECTIONS = [
    "cisi",
    "cranfield",
    "hotpotqa100",
    "locomo",
    "msmarco-dl",
    "popqa1k",
    "scifact",
    "squad2-dev",
    "vaswani",
    "wiki-scale",
]
ANALYZERS = [Analyzer(spec) for spec in SPECS]


@settings(max_examples=scaled(1_000, 20_000))
@given(st.sampled_from(ANALYZERS), st.lists(TEXTS, min_size=5, max_size=8))
def test_native_terms_are_those_of_the_policy(analyzer: Analyzer, texts: list[str]) -> None:
    assert not differing(analyzer.spec, texts, analyzer)


def test_another_policy_is_told_from_it() -> None:
    found = differing(AnalyzerSpec(stem=False), ["Running", "cat"], Analyzer())
    assert found == [("Running", ["run"], ["running"])]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_every_two_words_that_meet(spec: AnalyzerSpec) -> None:
    words = [*WORDS, *OTHERS, *BLOBS]
    some = words if FULL else words[::3]
    texts = [first + joint + second for first in some for joint in ("", " ") for second in some]
    assert not differing(spec, texts, Analyzer(spec))


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_collection(data_folder: Callable[[str], Path], name: str) -> None:
    folder = data_folder(name)
    texts = [
        json.loads(line)["text"]
        for path in (folder / "corpus.jsonl", folder / "queries.jsonl")
        if path.exists()
        for line in path.read_bytes().splitlines()
    ]
    some = texts[:: max(len(texts) // scaled(500, 20_000), 1)]
    for spec in (AnalyzerSpec(), AnalyzerSpec(language="none", code=True)):
        assert not differing(spec, some, Analyzer(spec))


@pytest.mark.parametrize("code", [False, True])
def test_every_character_beside_every_kind_of_neighbour(code: bool) -> None:
    spec = AnalyzerSpec(code=code)
    texts = [
        f"{c} a{c}b 1{c}2 \u65e5{c}\u672c x.{c}.y {c}\u0301\u00e9{c} \u0e01{c}"
        for c in assigned(sys.maxunicode if FULL else 0x3100)
    ]
    assert not differing(spec, texts, Analyzer(spec))


@pytest.mark.parametrize("code", [False, True])
def test_every_three_ascii_characters_of_a_role(code: bool) -> None:
    spec = AnalyzerSpec(language="none", code=code)
    signs = "aZ9_'.,:-> (\u00e9\u65e5\uff0c"
    texts = ["".join(parts) for parts in product(signs, repeat=5 if FULL else 4)]
    assert not differing(spec, texts, Analyzer(spec))


def test_characters_that_break_words_change_none_beside_them() -> None:
    contexts = [
        "a",
        "1",
        "\u00e9",
        "\u65e5",
        "a.b",
        "u.",
        ".5",
        "'",
        "x'",
        "\u0301",
        "\u0338",
        "\u0e01",
    ]
    for code in (False, True):
        policy = Policy(AnalyzerSpec(language="none", code=code))
        for sign, before, after in product(inside(BREAKS), contexts, contexts):
            joined = policy.terms(before + sign + after)
            assert joined == policy.terms(before) + policy.terms(after), (sign, before, after)


def test_simple_cjk_is_its_own_form_and_composes_with_none_of_its_kind() -> None:
    simple = set(inside(SIMPLE_CJK))
    policy = Policy(AnalyzerSpec(language="none"))
    text = "".join(sorted(simple))
    assert unicodedata.normalize("NFKC", text) == text
    assert policy.terms(text) == [first + second for first, second in pairwise(text)]
    composed = (unicodedata.normalize("NFD", c) for c in assigned(sys.maxunicode))
    assert not simple & {parts[-1] for parts in composed if len(parts) > 1}


def test_separators_of_ascii_compose_with_nothing_that_makes_a_word() -> None:
    marks = [c for c in assigned(sys.maxunicode) if unicodedata.category(c)[0] == "M"]
    for separator in map(chr, range(128)):
        if separator.isalnum():
            continue
        text = "".join(separator + mark for mark in marks)
        assert not any(c.isalnum() for c in unicodedata.normalize("NFKC", text))


def test_kinds_are_ranges_of_characters() -> None:
    for cjk in (False, True):
        kinds = kinds_of_characters(cjk_bigrams=cjk)
        assert all(0x80 <= first <= last <= sys.maxunicode for first, last, _ in kinds)
    assert all(not unicodedata.category(c).startswith("M") for c in inside(BREAKS))
    assert not set(inside(BREAKS)) & set(inside(IGNORABLE))


def assigned(last: int) -> Iterable[str]:
    every = map(chr, range(last + 1))
    return (c for c in every if unicodedata.category(c) not in ("Cs", "Cn", "Co"))


def inside(text: str) -> Iterable[str]:
    """Characters of the inside of a class without escapes."""
    at = 0
    while at < len(text):
        last = text[at + 2] if text[at + 1 : at + 2] == "-" else text[at]
        yield from map(chr, range(ord(text[at]), ord(last) + 1))
        at += 3 if text[at + 1 : at + 2] == "-" else 1
