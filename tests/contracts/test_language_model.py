"""The bigram oracle keeps the contract, its beams are exact, and broken models are caught."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.bigram_model import END, IDENTITY, SIZE, BigramModel, Remembered, token_list
from tests.contracts.language_model_contract import LanguageModelContract, ids
from tests.contracts.proof import assert_caught, checks_of
from tests.contracts.trie import trie

from mnemic.errors import InvalidInput
from mnemic.llm.protocols import Constraint, Generation, LanguageModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.llm.protocols import Prefix, TokenIds

Generations = tuple[Generation, ...]


class TestBigram(LanguageModelContract):
    tolerance = 1e-6

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> LanguageModel:
        return BigramModel()


@given(start=st.integers(0, END - 1), beams=st.integers(1, 40), length=st.integers(1, 3))
def test_wide_beams_equal_the_enumeration_of_everything(
    start: int, beams: int, length: int
) -> None:
    model, letters = BigramModel(), [1, 5, 9]
    every = [*itertools.product(letters, repeat=length)]
    scores = model.log_likelihood([ids(start)] * len(every), [ids(*one) for one in every])
    known = dict(zip(every, scores.tolist(), strict=True))
    found = model.generate(
        ids(start), max_tokens=length, beams=len(every), constraint=trie(every, SIZE)
    )
    # Sequences of the same steps in another order have equal scores up to rounding, so the order
    # is compared by score.
    best = sorted(known.values(), reverse=True)[:beams]
    assert [one.log_probability for one in found][:beams] == pytest.approx(best)
    assert {tuple(one.tokens.tolist()) for one in found} == known.keys()
    for one in found:
        assert one.log_probability == pytest.approx(known[tuple(one.tokens.tolist())])


# One broken model for each way to break the contract.


class Broken(BigramModel):
    """A bigram model whose generations are spoiled afterwards."""

    def generate(
        self,
        prompt: TokenIds | Prefix,
        *,
        max_tokens: int,
        beams: int = 1,
        temperature: float = 0.0,
        seed: int = 0,
        constraint: Constraint | None = None,
    ) -> Generations:
        options: dict[str, Any] = {"max_tokens": max_tokens, "beams": beams, "seed": seed}
        options |= {"temperature": temperature, "constraint": constraint}
        return self.spoil(super().generate(prompt, **self.ask(options)))

    def ask(self, options: dict[str, Any]) -> dict[str, Any]:
        return options

    def spoil(self, found: Generations) -> Generations:
        return found


class EncodesTheEnd(BigramModel):
    def encode(self, text: str) -> TokenIds:
        return np.append(super().encode(text), END)


class Shouts(BigramModel):
    def decode(self, tokens: TokenIds) -> str:
        return super().decode(tokens).upper()


class ReturnsTheEnd(Broken):
    def spoil(self, found: Generations) -> Generations:
        return tuple(replace(one, tokens=np.append(one.tokens, END)) for one in found)


class IgnoresSeeds(Broken):
    def ask(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"seed": 3}


class AcceptsAnything(Broken):
    def ask(self, options: dict[str, Any]) -> dict[str, Any]:
        lowest = {"max_tokens": 1, "beams": 1, "temperature": 0.0}
        return options | {name: max(options[name], least) for name, least in lowest.items()}


class IgnoresConstraint(Broken):
    def ask(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"constraint": None}


class NarrowBeam(Broken):
    def ask(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"beams": 1}


class Renormalises(Broken):
    def spoil(self, found: Generations) -> Generations:
        return tuple(replace(one, log_probability=one.log_probability / 2 - 1) for one in found)


class WorstFirst(Broken):
    def spoil(self, found: Generations) -> Generations:
        return found[::-1]


class NeverFinished(Broken):
    def spoil(self, found: Generations) -> Generations:
        return tuple(replace(one, finished=False) for one in found)


class AlwaysFinished(Broken):
    def spoil(self, found: Generations) -> Generations:
        return tuple(replace(one, finished=True) for one in found)


class Raw(BigramModel):
    """Hands the constraint other arguments than the protocol says."""

    def masks(
        self,
        live: Sequence[Any],
        parents: NDArray[np.int64],
        step: int,
        constraint: Constraint | None,
    ) -> NDArray[np.bool_]:
        return super().masks(live, self.change(parents), step, constraint)

    def change(self, parents: NDArray[np.int64]) -> NDArray[np.int64]:
        return parents


class ShufflesParents(Raw):
    def change(self, parents: NDArray[np.int64]) -> NDArray[np.int64]:
        return parents[::-1].copy()


class ForgetsParents(Raw):
    def change(self, parents: NDArray[np.int64]) -> NDArray[np.int64]:
        return parents[:0]


class LastRowIsEmpty(Raw):
    def masks(
        self,
        live: Sequence[Any],
        parents: NDArray[np.int64],
        step: int,
        constraint: Constraint | None,
    ) -> NDArray[np.bool_]:
        masks = super().masks(live, parents, step, constraint)
        masks[:, np.argmax(masks, axis=1)] = False
        return masks


class TakesTheUnlikeliest(BigramModel):
    def log_probabilities(self, tokens: Sequence[int]) -> NDArray[np.float64]:
        return -super().log_probabilities(tokens)


class FloatLogits(BigramModel):
    def next_logits(self, prompts: Sequence[TokenIds], tokens: Sequence[int]) -> Any:
        return super().next_logits(prompts, sorted(tokens)).astype(np.float64)


class Likelihood(BigramModel):
    """A bigram model whose likelihoods are spoiled afterwards."""

    def log_likelihood(
        self, prompts: Sequence[TokenIds | Prefix], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        return self.spoil(super().log_likelihood(prompts, continuations), continuations)

    def spoil(
        self, scores: NDArray[np.float64], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        return scores


class MeanLikelihood(Likelihood):
    def spoil(
        self, scores: NDArray[np.float64], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        return scores / np.maximum(1, [len(one) for one in continuations])


class BaseTwo(Likelihood):
    def spoil(
        self, scores: NDArray[np.float64], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        return np.asarray(scores / np.log(2), dtype=np.float64)


class BatchMean(Likelihood):
    def spoil(
        self, scores: NDArray[np.float64], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        return scores - scores.mean() if len(scores) else scores


class CostsOfNothing(Likelihood):
    def spoil(
        self, scores: NDArray[np.float64], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        return scores - 1


class OneState(BigramModel):
    def hidden_states(
        self, prompts: Sequence[TokenIds], positions: Sequence[int], *, layer: int = -1
    ) -> NDArray[np.float32]:
        return super().hidden_states(prompts, sorted(positions), layer=layer)


class CutsPrefix(BigramModel):
    def prefix(self, prompt: TokenIds) -> Prefix:
        return Remembered(prompt[:-1])


class UsesUp(BigramModel):
    def generate(self, prompt: TokenIds | Prefix, **options: Any) -> Generations:
        found = super().generate(prompt, **options)
        if isinstance(prompt, Remembered):
            prompt.tokens[-1] = (token_list(prompt)[-1] + 1) % END
        return found


WRONG = {"wrong": {"beams": 0}}
BROKEN: list[tuple[str, BigramModel, dict[str, Any]]] = [
    ("test_token_ids_are_in_the_vocabulary", EncodesTheEnd(), {}),
    ("test_decoding_gives_the_text_back", Shouts(), {}),
    ("test_fingerprint_is_stable_data", BigramModel(fingerprint=replace(IDENTITY, name="")), {}),
    ("test_greedy_is_one_repeatable_sequence", ReturnsTheEnd(), {}),
    ("test_same_seed_same_sample", IgnoresSeeds(), {}),
    ("test_impossible_requests_are_refused", AcceptsAnything(), WRONG),
    ("test_wide_beams_find_every_allowed_sequence", NarrowBeam(), {}),
    ("test_wide_beams_find_every_allowed_sequence", ShufflesParents(), {}),
    ("test_every_generation_is_allowed", ForgetsParents(), {}),
    ("test_every_generation_is_allowed", IgnoresConstraint(), {}),
    ("test_every_generation_is_allowed", NeverFinished(), {}),
    ("test_the_constraint_selects_and_does_not_rescore", Renormalises(), {}),
    ("test_the_best_comes_first", WorstFirst(), {}),
    ("test_greedy_takes_the_likeliest_allowed_token", TakesTheUnlikeliest(), {}),
    ("test_an_empty_mask_ends_the_beam", NeverFinished(), {}),
    ("test_an_empty_mask_ends_the_beam", LastRowIsEmpty(), {}),
    ("test_the_cap_leaves_a_beam_unfinished", AlwaysFinished(), {}),
    ("test_end_of_sequence_needs_its_bit", ReturnsTheEnd(), {}),
    ("test_samples_obey_the_constraint", Renormalises(), {}),
    ("test_samples_obey_the_constraint", IgnoresConstraint(), {}),
    ("test_logits_are_those_of_the_chosen_tokens", FloatLogits(), {}),
    ("test_likelihood_is_the_softmax_of_logits", BaseTwo(), {}),
    ("test_likelihoods_add_up", MeanLikelihood(), {}),
    ("test_likelihoods_do_not_depend_on_the_batch", BatchMean(), {}),
    ("test_nothing_is_certain", CostsOfNothing(), {}),
    ("test_states_belong_to_prompts_and_positions", OneState(), {}),
    ("test_a_prefix_stands_for_its_prompt", CutsPrefix(), {}),
    ("test_a_prefix_is_not_used_up", UsesUp(), {}),
]


@pytest.mark.parametrize(
    ("check", "model", "arguments"), BROKEN, ids=[f"{type(m).__name__}-{c}" for c, m, _ in BROKEN]
)
def test_a_broken_model_is_caught(
    check: str, model: BigramModel, arguments: dict[str, Any]
) -> None:
    assert_caught(TestBigram, check, model=model, **arguments)


def test_every_check_is_known_to_fail() -> None:
    assert {check for check, _, _ in BROKEN} == checks_of(LanguageModelContract)


def test_the_protocol_is_met_at_run_time() -> None:
    assert isinstance(BigramModel(), LanguageModel)
    with pytest.raises(InvalidInput, match="temperature"):
        BigramModel().generate(ids(1), max_tokens=1, temperature=-1)
