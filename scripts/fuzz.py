"""Fuzz the native core for a minute: damaged files, states that no index made, texts and answers.

Run as ``python -m scripts.fuzz [--seconds 60] [--seed N] [--start M]``; ``make fuzz`` runs it under
AddressSanitizer and UndefinedBehaviorSanitizer. Steps go to the index of substrings, to the sparse
one and to the analysis of texts in turn. A step depends on the seed and its number alone, so
``--seed N --start M --steps 1`` repeats the one that was printed last.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from typing import TYPE_CHECKING

from tests.contracts import ngram_rounds, sparse_rounds
from tests.contracts.ngram_corpora import FAMILIES, VOCABULARIES, corpus, generator, utf8_corpus
from tests.contracts.sparse_collections import SHAPES, WEIGHTINGS, collection
from tests.fuzz import analysis_soup, ngram_damage, sparse_damage

from mnemic.indexes import _native

if TYPE_CHECKING:
    from collections.abc import Sequence

NGRAM_DAMAGE = ("flip", "scribble", "rewrite")
SPARSE_DAMAGE = ("flip", "scribble", "rewrite", "cut")


def step(seed: int, number: int) -> str:
    """One thing to try, and what it was."""
    chance = random.Random(f"{seed} {number}")
    kinds = (ngram_step, sparse_step, analysis_step)
    return kinds[number % len(kinds)](seed, number // len(kinds), chance)


def ngram_step(seed: int, number: int, chance: random.Random) -> str:
    """A file of substrings, or texts and what is in them."""
    match number % 6:
        case 0 | 1 | 2:
            kind, name = NGRAM_DAMAGE[number % 6], chance.choice(sorted(ngram_damage.SAMPLES))
            ngram_damage.attempt(kind, name, chance.randrange(2**30), seed)
            return f"{kind} of substrings"
        case 3:
            ngram_damage.garbage(chance.randrange(2**30), seed)
            return "invented states"
        case 4:
            rng = generator(chance.getrandbits(32))
            ngram_rounds.check_round(rng, utf8_corpus(rng))
            return "counts in UTF-8"
    rng = generator(chance.getrandbits(32))
    family, vocabulary = chance.choice(sorted(FAMILIES)), chance.choice(VOCABULARIES)
    ngram_rounds.check_round(rng, corpus(rng, family, vocabulary))
    return "counts"


def sparse_step(seed: int, number: int, chance: random.Random) -> str:
    """Some files of postings, or a collection and what is best in it."""
    if number % 6 < len(SPARSE_DAMAGE):
        kind = SPARSE_DAMAGE[number % 6]
        for name in sparse_damage.SAMPLES:
            sparse_damage.attempt(kind, name, chance.randrange(2**30), seed)
        return f"{kind} of postings"
    rng = generator(chance.getrandbits(32))
    weighting = chance.choice(sorted(WEIGHTINGS)) if number % 6 == 4 else None
    sparse_rounds.check_round(rng, collection(rng, chance.choice(sorted(SHAPES)), weighting))
    return "scores"


def analysis_step(_seed: int, number: int, chance: random.Random) -> str:
    """Some batches of texts, or what a policy might answer."""
    attempt = analysis_soup.answer if number % 3 == 0 else analysis_soup.compare
    for _ in range(5):
        attempt(chance)
    return "answers of a policy" if number % 3 == 0 else "terms of texts"


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--steps", type=int, default=10**9)
    return parser.parse_args(given)


def main(given: Sequence[str]) -> None:
    """Fuzz until the time is over; any error or report ends the process with another code."""
    asked = arguments(given)
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    print(f"fuzzing {_native.__file__} for {asked.seconds:g} s with seed {seed}", flush=True)
    number, end, done = asked.start, time.monotonic() + asked.seconds, dict[str, int]()
    while number < asked.start + asked.steps and time.monotonic() < end:
        print(f"\rstep {number} ", end="", flush=True)
        what = step(seed, number)
        done[what] = done.get(what, 0) + 1
        number += 1
    print(f"\nno complaint in {number - asked.start} steps: {done}")


if __name__ == "__main__":
    main(sys.argv[1:])
