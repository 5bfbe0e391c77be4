"""An exact language model small enough to enumerate: the oracle of the contract."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.llm.protocols import Constraint, Generation
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.llm.protocols import Prefix, TokenIds

LETTERS = " abcdefghijklmnopqrstuvwxyz"
END = len(LETTERS)
SIZE = END + 1
WIDTH = 4
IDENTITY = Fingerprint("model:bigram", {"seed": 7}, "b16a")


@dataclass(frozen=True, slots=True)
class Remembered:
    """A prefix of a model that needs no cache."""

    tokens: TokenIds


@dataclass(frozen=True, slots=True)
class Beam:
    """A partial generation.

    Attributes:
        tokens: What it holds, end-of-sequence included until it is stopped.
        score: Log-probability without end-of-sequence, which is reported.
        rank: Log-probability with it, which beams compete by.
        parent: The row of the step before that it continues.
        ended: Whether the model or the constraint ended it.
    """

    tokens: tuple[int, ...] = ()
    score: float = 0.0
    rank: float = 0.0
    parent: int = -1
    ended: bool = False

    def generation(self) -> Generation:
        """The beam as a result."""
        return Generation(np.array(self.tokens, dtype=np.int64), self.score, self.ended)


def random_logits() -> NDArray[np.float32]:
    """One fixed random matrix: row is the last token, column the next."""
    return (3 * np.random.default_rng(7).standard_normal((SIZE, SIZE))).astype(np.float32)


@dataclass(frozen=True)
class BigramModel:
    """The next token depends on the last one, so every probability is known exactly."""

    logits: NDArray[np.float32] = field(default_factory=random_logits)
    fingerprint: Fingerprint = IDENTITY
    vocabulary_size: int = SIZE
    end_of_sequence: int = END

    def encode(self, text: str) -> TokenIds:
        """Letters to ids; unknown characters become blanks."""
        return np.array([max(LETTERS.find(letter), 0) for letter in text], dtype=np.int64)

    def decode(self, tokens: TokenIds) -> str:
        """Ids to letters."""
        return "".join(LETTERS[token] for token in tokens)

    def log_probabilities(self, tokens: Sequence[int]) -> NDArray[np.float64]:
        """Of every next token; an empty context counts as a blank."""
        row = self.logits[tokens[-1] if len(tokens) else 0].astype(np.float64)
        return np.asarray(row - np.logaddexp.reduce(row), dtype=np.float64)

    def next_logits(
        self, prompts: Sequence[TokenIds], tokens: Sequence[int]
    ) -> NDArray[np.float32]:
        """Columns of the matrix."""
        last = [int(prompt[-1]) if len(prompt) else 0 for prompt in prompts]
        return self.logits[np.ix_(last, list(tokens))]

    def log_likelihood(
        self, prompts: Sequence[TokenIds | Prefix], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        """The sum over the steps, nothing cleverer."""
        pairs = zip(map(token_list, prompts), continuations, strict=True)
        return np.array(
            [
                sum(
                    float(self.log_probabilities([*prompt, *tokens[:step]])[tokens[step]])
                    for step in range(len(tokens))
                )
                for prompt, tokens in pairs
            ],
            dtype=np.float64,
        )

    def hidden_states(
        self, prompts: Sequence[TokenIds], positions: Sequence[int], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """The first columns of each token's row."""
        rows = [[self.logits[prompt[at], :WIDTH] for at in positions] for prompt in prompts]
        return np.array(rows, dtype=np.float32).reshape(len(prompts), len(positions), WIDTH)

    def prefix(self, prompt: TokenIds) -> Prefix:
        """The prompt itself."""
        return Remembered(prompt.copy())

    def generate(
        self,
        prompt: TokenIds | Prefix,
        *,
        max_tokens: int,
        beams: int = 1,
        temperature: float = 0.0,
        seed: int = 0,
        constraint: Constraint | None = None,
    ) -> tuple[Generation, ...]:
        """Beam search, or one sample; candidates compete with the end's own probability."""
        check(max_tokens=max_tokens, beams=beams, temperature=temperature)
        random = np.random.default_rng(seed) if temperature else None
        room = 1 if random else beams
        live, ended, parents = [Beam()], list[Beam](), np.zeros(0, dtype=np.int64)
        for step in range(max_tokens):
            masks = self.masks(live, parents, step, constraint)
            ended += [stop(beam) for row, beam in enumerate(live) if not masks[row].any()]
            steps = list(self.steps(token_list(prompt), live, masks))
            if random:
                steps = draw(steps, temperature, random)
            # Ended beams keep their place only while no continuation of another is likelier.
            pool = sorted([*ended, *steps], key=lambda beam: -beam.rank)[:room]
            ended = [stop(beam) for beam in pool if beam.ended or beam.tokens[-1] == END]
            live = [beam for beam in pool if not beam.ended and beam.tokens[-1] != END]
            parents = np.array([beam.parent for beam in live], dtype=np.int64)
            if not live:
                break
        best = sorted([*ended, *live], key=lambda beam: -beam.rank)
        return tuple(beam.generation() for beam in best)

    def masks(
        self,
        live: Sequence[Beam],
        parents: NDArray[np.int64],
        step: int,
        constraint: Constraint | None,
    ) -> NDArray[np.bool_]:
        """What each live beam may take next."""
        if constraint is None:
            return np.ones((len(live), SIZE), dtype=np.bool_)
        tokens = np.array([beam.tokens for beam in live], dtype=np.int64).reshape(len(live), step)
        return constraint(tokens, parents)

    def steps(
        self, prompt: list[int], live: Sequence[Beam], masks: NDArray[np.bool_]
    ) -> Iterator[Beam]:
        """Every allowed one-token continuation of every live beam."""
        for row, beam in enumerate(live):
            scores = self.log_probabilities([*prompt, *beam.tokens])
            for token in np.flatnonzero(masks[row]):
                tokens = (*beam.tokens, int(token))
                score = beam.score + float(scores[token])
                yield Beam(tokens, beam.score if token == END else score, score, row)


def draw(steps: list[Beam], temperature: float, random: np.random.Generator) -> list[Beam]:
    """One of the steps, by its probability among them."""
    if not steps:
        return []
    weights = np.array([beam.rank for beam in steps]) / temperature
    chances = np.exp(weights - np.logaddexp.reduce(weights))
    return [steps[random.choice(len(steps), p=chances / chances.sum())]]


def stop(beam: Beam) -> Beam:
    """The beam as an ended one, without the end-of-sequence token."""
    tokens = beam.tokens[:-1] if beam.tokens[-1:] == (END,) else beam.tokens
    return replace(beam, tokens=tokens, ended=True)


def token_list(prompt: TokenIds | Prefix) -> list[int]:
    """The tokens of a prompt or of its cache."""
    tokens = prompt if isinstance(prompt, np.ndarray) else prompt.tokens
    return [int(token) for token in tokens]


def check(*, max_tokens: int, beams: int, temperature: float) -> None:
    """Refuse what no model can do."""
    if max_tokens < 1:
        raise InvalidInput(f"max_tokens is {max_tokens}", hint="ask for at least one")
    if beams < 1:
        raise InvalidInput(f"beams is {beams}", hint="ask for at least one")
    if not 0 <= temperature < float("inf"):
        raise InvalidInput(f"temperature is {temperature}", hint="0 is greedy")
