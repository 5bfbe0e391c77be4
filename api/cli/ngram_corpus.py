"""The corpus that a command asks, or the command that makes it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mnemic.errors import NotFound, Unsupported

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.retrieval.ngram.corpus import Corpus
    from mnemic.retrieval.ngram.opening import Level
    from mnemic.sdk import Collection


def corpus_of(papers: Collection, level: Level, target: Target) -> Corpus:
    """What a collection's documents say as a language model of n-grams.

    Raises:
        Unsupported: There is no token-level index; the hint is the command as it can be pasted.
        NotFound: The tokenizer's model is not here; the hint names the level that needs none.
    """
    try:
        return papers.ngrams(level)
    except Unsupported as error:
        raise Unsupported(error.message, hint=_making(papers.name, target)) from error
    except NotFound as error:
        hint = f"{error.hint}; --level bytes needs no model"
        raise NotFound(error.message, hint=hint.removeprefix("; ")) from error


def _making(name: str, target: Target) -> str:
    from mnemic.sdk.tokenizers import DEFAULT, is_here
    from mnemic.settings import Settings

    command = ["mnemic", "ngram", "index", str(target.folder), "--collection", name]
    making = shlex.join([*command, "--tokenizer", DEFAULT])
    here = is_here(DEFAULT, Settings.from_environment())
    return making if here else f"mnemic models pull {DEFAULT}, then {making}"
