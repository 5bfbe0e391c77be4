"""Equal fingerprints mean equal terms; every setting shows in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import Stemmer

from mnemic.retrieval.analysis import (
    Analyzer,
    AnalyzerSpec,
    languages,
    languages_with_stop_words,
    stop_lists,
)

SPEC = AnalyzerSpec()


@pytest.mark.parametrize(
    "other",
    [
        replace(SPEC, language="german"),
        replace(SPEC, stop_words=False),
        replace(SPEC, stem=False),
        replace(SPEC, cjk_bigrams=False),
        replace(SPEC, code=True),
    ],
)
def test_every_setting_changes_the_digest(other: AnalyzerSpec) -> None:
    assert Analyzer(other).fingerprint.digest != Analyzer(SPEC).fingerprint.digest


def test_fingerprint_is_stable_and_named() -> None:
    fingerprint = Analyzer().fingerprint
    assert fingerprint == Analyzer(AnalyzerSpec()).fingerprint
    assert fingerprint.name == "analyzer:english"
    assert fingerprint.settings["stemmer"] == "snowball:english"
    assert fingerprint.settings["format"] == 1


@pytest.mark.golden
def test_format_1_digest_of_the_default() -> None:
    # A change here makes every stored index stale: raise spec.FORMAT and say so in the changelog.
    assert Analyzer().fingerprint.digest == "52028772fbfd6ede023171c96470cb07"


def test_every_language_builds_and_analyses() -> None:
    for language in languages():
        assert Analyzer(AnalyzerSpec(language=language)).analyze("quartz 42")[-1] == "42"


def test_stop_lists_are_for_known_languages_and_folded() -> None:
    assert set(languages_with_stop_words()) <= set(Stemmer.algorithms())
    for language in languages_with_stop_words():
        words = stop_lists.stop_words(language)
        assert len(words) > 30
        assert all(word == word.casefold() and " " not in word for word in words)
    assert stop_lists.stop_words("none") == stop_lists.stop_words("tamil") == frozenset()
