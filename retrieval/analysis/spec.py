"""What an analyzer is made of, as data, and the fingerprint that a manifest keeps of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import Stemmer

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis.stop_lists import stop_words
from mnemic.types import Fingerprint

# Goes up when the same settings would give other terms than before.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class AnalyzerSpec:
    """The settings of an ``Analyzer``; plain JSON values, so a catalogue can store them.

    Attributes:
        language: A Snowball language in lower case (``english``, ``german``, ...), or ``none``
            for no stemming, no stop words and no rules of any one language.
        stop_words: Leave out the language's stop words, where a list for it exists.
        stem: Reduce words to their stems by the language's Snowball algorithm.
        cjk_bigrams: Cut runs of Han, Kana, Bopomofo and Hangul into overlapping bigrams. Switch
            it off for text that was segmented into words before; runs then stay whole.
        code: Read identifiers too: the whole identifier and its parts are terms.
    """

    language: str = "english"
    stop_words: bool = True
    stem: bool = True
    cjk_bigrams: bool = True
    code: bool = False


def languages() -> tuple[str, ...]:
    """The languages that ``AnalyzerSpec`` accepts, sorted, ``none`` last."""
    return (*sorted(Stemmer.algorithms()), "none")


def checked(spec: AnalyzerSpec) -> AnalyzerSpec:
    """The spec itself, when all of it can be used.

    Raises:
        InvalidInput: The language is unknown, or a switch is not a bool.
    """
    if not isinstance(spec, AnalyzerSpec):
        raise InvalidInput(f"analyzer is a {type(spec).__name__}", hint="pass an AnalyzerSpec")
    if spec.language not in languages():
        raise InvalidInput(
            f"AnalyzerSpec.language: {spec.language!r} is not known",
            hint=f"use one of {', '.join(languages())}",
        )
    for name in ("stop_words", "stem", "cjk_bigrams", "code"):
        if not isinstance(getattr(spec, name), bool):
            raise InvalidInput(f"AnalyzerSpec.{name}: not a bool", hint="use True or False")
    return spec


def fingerprint(spec: AnalyzerSpec) -> Fingerprint:
    """The identity of the analyzer that ``spec`` describes.

    It names the stemming algorithm but no library version: Snowball algorithms are stable, and an
    index must open after an upgrade of PyStemmer.
    """
    listed = stop_words(spec.language) if spec.stop_words else frozenset()
    settings = {
        **asdict(spec),
        "stemmer": f"snowball:{spec.language}" if stems(spec) else "none",
        "stop_words_hash": _digest(sorted(listed)),
        "format": FORMAT,
    }
    name = f"analyzer:{spec.language}"
    return Fingerprint(name=name, settings=settings, digest=_digest([name, settings]))


def stems(spec: AnalyzerSpec) -> bool:
    """Whether words are stemmed at all."""
    return spec.stem and spec.language != "none"


def _digest(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
