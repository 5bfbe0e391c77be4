"""Which continuations are the likeliest? Greedy, beams and samples over log-probabilities.

Arrays only: the model is a callable, so nothing here knows of torch. Beam search as in Sutskever,
Vinyals and Le, "Sequence to Sequence Learning with Neural Networks", NIPS 2014, without a penalty
for length: ended sequences keep their place only while no continuation of another is likelier.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.llm.protocols import Generation, ScoredConstraint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.llm.protocols import Constraint


class Steps(Protocol):
    """The model, a step at a time."""

    def __call__(
        self, tokens: NDArray[np.int64], parents: NDArray[np.int64]
    ) -> NDArray[np.floating[Any]]:
        """Log-probabilities of the next token: [rows, vocabulary].

        Args:
            tokens: int64 [rows, step], what each row has generated so far.
            parents: int64 [rows], the row of the previous call that each row continues; one 0 at
                step 0.
        """
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Attributes:
        max_tokens: Steps at most.
        beams: Sequences that are kept; 1 is greedy.
        end: The end-of-sequence token.
        vocabulary: Width of masks and log-probabilities.
        temperature: Above 0, one sequence is drawn instead.
        seed: Of the draw.
    """

    max_tokens: int
    beams: int
    end: int
    vocabulary: int
    temperature: float = 0.0
    seed: int = 0

    @property
    def room(self) -> int:
        """Sequences that compete."""
        return 1 if self.temperature > 0 else self.beams


@dataclass(slots=True)
class _Live:
    """Rows that go on. ``calls`` and ``fed`` are the parents as constraint and model know them."""

    tokens: NDArray[np.int64] = field(default_factory=lambda: np.zeros((1, 0), np.int64))
    scores: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    calls: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    fed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))


@dataclass(frozen=True, slots=True)
class _Ended:
    """A finished sequence; ``rank`` holds the end-of-sequence token's share, ``score`` does not."""

    tokens: NDArray[np.int64]
    score: float
    rank: float


def search(steps: Steps, plan: Plan, constraint: Constraint | None) -> tuple[Generation, ...]:
    """The best continuations, best first.

    Raises:
        InvalidInput: A mask of the constraint is not bool [beams, vocabulary].
    """
    random = np.random.default_rng(plan.seed)
    live, ended = _Live(), list[_Ended]()
    for _ in range(plan.max_tokens):
        masks = _masks(live, plan, constraint)
        rows = np.flatnonzero(masks.any(axis=1))
        ended += [
            _Ended(live.tokens[row], float(live.scores[row]), float(live.scores[row]))
            for row in np.flatnonzero(~masks.any(axis=1))
        ]
        if not len(rows):
            return _best(ended, None)
        totals = live.scores[rows, None] + steps(live.tokens[rows], live.fed[rows])
        allowed = np.flatnonzero(masks[rows])
        values = totals.ravel()[allowed]
        picks = top(_drawn(values, plan.temperature, random), plan.room)
        live, ended = _advance(live, ended, rows, allowed[picks], values[picks], plan)
        if not len(live.tokens):
            return _best(ended, None)
    return _best(ended, live)


def top(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Places of the largest values, largest first, the earlier of equal ones first."""
    places = np.arange(len(values))
    if len(values) > count:
        least = np.partition(values, len(values) - count)[len(values) - count]
        places = np.flatnonzero(values >= least)
    return places[np.argsort(-values[places], kind="stable")][:count]


def _masks(live: _Live, plan: Plan, constraint: Constraint | None) -> NDArray[np.bool_]:
    shape = (len(live.tokens), plan.vocabulary)
    if constraint is None:
        return np.ones(shape, np.bool_)
    if isinstance(constraint, ScoredConstraint):
        constraint.scored(live.scores.copy())
    masks = np.asarray(constraint(live.tokens, live.calls))
    if masks.dtype != np.bool_ or masks.shape != shape:
        raise InvalidInput(f"constraint gave {masks.dtype} {masks.shape}, expected bool {shape}")
    return masks


def _drawn(
    values: NDArray[np.float64], temperature: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Values whose largest is a draw from their softmax (the Gumbel-max trick)."""
    largest = values.max()
    if temperature == 0 or np.isneginf(largest):
        return values
    # The largest becomes 0 first, so that a tiny temperature cannot overflow it.
    with np.errstate(over="ignore"):
        drawn: NDArray[np.float64] = (values - largest) / temperature
    drawn += random.gumbel(size=len(values))
    return drawn


def _advance(
    live: _Live,
    ended: list[_Ended],
    rows: NDArray[np.int64],
    picks: NDArray[np.int64],
    ranks: NDArray[np.float64],
    plan: Plan,
) -> tuple[_Live, list[_Ended]]:
    """Let ended sequences and picked continuations compete for the room that there is."""
    before = len(ended)
    kept = top(np.concatenate([[one.rank for one in ended], ranks]), plan.room)
    over = np.concatenate([np.ones(before, np.bool_), picks % plan.vocabulary == plan.end])[kept]

    def finish(place: int) -> _Ended:
        if place < before:
            return ended[place]
        row = rows[picks[place - before] // plan.vocabulary]
        rank = float(ranks[place - before])
        return _Ended(live.tokens[row], float(live.scores[row]), rank)

    fresh = kept[~over] - before
    fed, token = np.divmod(picks[fresh], plan.vocabulary)
    tokens = np.concatenate([live.tokens[rows[fed]], token[:, None]], axis=1)
    going = _Live(tokens, ranks[fresh], rows[fed], fed)
    return going, [finish(int(place)) for place in kept[over]]


def _best(ended: list[_Ended], live: _Live | None) -> tuple[Generation, ...]:
    found = [(one.rank, Generation(one.tokens, one.score, finished=True)) for one in ended]
    if live is not None:
        pairs = zip(live.scores.tolist(), live.tokens, strict=True)
        found += [(score, Generation(tokens, score, finished=False)) for score, tokens in pairs]
    return tuple(one for _, one in sorted(found, key=lambda pair: -pair[0]))
