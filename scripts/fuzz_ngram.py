"""Fuzz the index of substrings for a minute: damaged files, states that no index made, and counts.

Run as ``python -m scripts.fuzz_ngram [--seconds 60] [--seed N] [--start M]``; ``make fuzz`` runs it
under AddressSanitizer and UndefinedBehaviorSanitizer. A step depends on the seed and its number
alone, so ``--seed N --start M --steps 1`` repeats the one that was printed last.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from typing import TYPE_CHECKING

from tests.contracts.ngram_corpora import FAMILIES, VOCABULARIES, corpus, generator, utf8_corpus
from tests.contracts.ngram_rounds import check_round
from tests.fuzz import ngram_damage

from mnemic.indexes import _native

if TYPE_CHECKING:
    from collections.abc import Sequence

DAMAGE = ("flip", "scribble", "rewrite")


def step(seed: int, number: int) -> str:
    """One thing to try, and what it was."""
    chance = random.Random(f"{seed} {number}")
    match number % 6:
        case 0 | 1 | 2:
            kind, name = DAMAGE[number % 6], chance.choice(sorted(ngram_damage.SAMPLES))
            ngram_damage.attempt(kind, name, chance.randrange(2**30), seed)
            return f"{kind} {name}"
        case 3:
            ngram_damage.garbage(chance.randrange(2**30), seed)
            return "garbage"
        case 4:
            rng = generator(chance.getrandbits(32))
            check_round(rng, utf8_corpus(rng))
            return "utf-8"
    rng = generator(chance.getrandbits(32))
    family, vocabulary = chance.choice(sorted(FAMILIES)), chance.choice(VOCABULARIES)
    check_round(rng, corpus(rng, family, vocabulary))
    return "counts"


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
        what = step(seed, number).split()[0]
        done[what] = done.get(what, 0) + 1
        number += 1
    print(f"\nno complaint in {number - asked.start} steps: {done}")


if __name__ == "__main__":
    main(sys.argv[1:])
