"""Stop words: one text file a language in ``stopwords/``, one word a line, ``#`` for comments."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "stopwords"
_SAME_LANGUAGE = {"porter": "english", "dutch_porter": "dutch"}


@cache
def stop_words(language: str) -> frozenset[str]:
    """The language's stop words, case-folded; empty for a language without a list."""
    path = _FOLDER / f"{_SAME_LANGUAGE.get(language, language)}.txt"
    if not path.is_file():
        return frozenset()
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    folded = (unicodedata.normalize("NFKC", line).casefold() for line in lines if line)
    return frozenset(unicodedata.normalize("NFKC", word) for word in folded)


def languages_with_stop_words() -> tuple[str, ...]:
    """Languages that come with a list, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.txt")))
