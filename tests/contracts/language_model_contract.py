"""What every language model must do. Inherit ``LanguageModelContract`` and give ``model``.

The contract comes in pieces, so that an endpoint which cannot do everything inherits those it can
(and proves in its own tests that the rest raises ``Unsupported``): ``TokenContract``,
``GenerationContract``, ``ConstraintContract``, ``LikelihoodContract``, ``StateContract``.

Log-probabilities of generations leave the end-of-sequence token out, as the protocol has it. The
order of several beams is therefore only checked where a constraint decides how they end.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.contracts.trie import Trie, trie

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from mnemic.llm.protocols import Generation, LanguageModel, Prefix, TokenIds

PROMPT = "the red fox"
TEXTS = ("the red fox", "a river", "the")
# Choices into the tokens that the texts are made of, so that any tokenizer can follow them.
PATHS = st.sets(st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple), max_size=6)


def ids(*tokens: int) -> TokenIds:
    """One sequence as the protocol wants it."""
    return np.array(tokens, dtype=np.int64)


class ModelContract(ABC):
    """The fixture and the tools that the pieces share."""

    tolerance: ClassVar[float] = 1e-4

    @pytest.fixture(scope="class")
    @classmethod
    @abstractmethod
    def model(cls) -> LanguageModel:
        """The model under test."""

    def near(self, value: float) -> object:
        """Equal within the tolerance of the model's arithmetic."""
        return pytest.approx(value, abs=self.tolerance)

    def alphabet(self, model: LanguageModel) -> list[int]:
        """Five different ordinary tokens of the model."""
        tokens = dict.fromkeys(int(token) for text in TEXTS for token in model.encode(text))
        ordinary = [token for token in tokens if token != model.end_of_sequence]
        spare = (t for t in range(model.vocabulary_size) if t != model.end_of_sequence)
        ordinary += [token for token in spare if token not in ordinary][: max(0, 5 - len(ordinary))]
        return ordinary[:5]

    def trie(self, model: LanguageModel, paths: set[tuple[int, ...]], *, ended: bool) -> Trie:
        """Paths over the alphabet as a constraint of the model's width."""
        letters = self.alphabet(model)
        sequences = [tuple(letters[choice] for choice in path) for path in paths]
        end = model.end_of_sequence if ended else None
        return trie(sequences, model.vocabulary_size, end=end)


class TokenContract(ModelContract):
    """Texts and token ids."""

    def test_token_ids_are_in_the_vocabulary(self, model: LanguageModel) -> None:
        for text in (*TEXTS, ""):
            tokens = model.encode(text)
            assert tokens.dtype == np.int64
            assert tokens.ndim == 1
            assert ((tokens >= 0) & (tokens < model.vocabulary_size)).all()
            assert model.end_of_sequence not in tokens, "no special tokens"
        assert 0 <= model.end_of_sequence < model.vocabulary_size

    def test_decoding_gives_the_text_back(self, model: LanguageModel) -> None:
        for text in (*TEXTS, ""):
            assert model.decode(model.encode(text)).strip() == text

    def test_fingerprint_is_stable_data(self, model: LanguageModel) -> None:
        before = model.fingerprint
        model.generate(model.encode(PROMPT), max_tokens=1)
        assert model.fingerprint == before
        assert before.name
        assert int(before.digest, 16) >= 0
        assert json.loads(json.dumps(dict(before.settings))) == dict(before.settings)


class GenerationContract(ModelContract):
    """Continuations without a constraint."""

    def test_greedy_is_one_repeatable_sequence(self, model: LanguageModel) -> None:
        prompt = model.encode(PROMPT)
        (first,) = model.generate(prompt, max_tokens=4)
        (again,) = model.generate(prompt, max_tokens=4)
        np.testing.assert_array_equal(first.tokens, again.tokens)
        assert len(first.tokens) <= 4
        assert model.end_of_sequence not in first.tokens
        assert first.log_probability <= 0
        assert first.finished == (len(first.tokens) < 4), "unfinished only at the cap"

    def test_same_seed_same_sample(self, model: LanguageModel) -> None:
        prompt = model.encode(PROMPT)
        samples = [
            model.generate(prompt, max_tokens=6, temperature=1.0, seed=seed)
            for seed in (*range(8), 0)
        ]
        assert all(len(sample) == 1 for sample in samples)
        drawn = [sample[0].tokens.tolist() for sample in samples]
        assert drawn[0] == drawn[-1]
        assert len({tuple(tokens) for tokens in drawn}) > 1, "seeds change the sample"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"max_tokens": 0},
            {"beams": 0},
            *({"temperature": value} for value in (-0.1, float("inf"), float("nan"))),
        ],
        ids=str,
    )
    def test_impossible_requests_are_refused(
        self, model: LanguageModel, wrong: dict[str, float]
    ) -> None:
        arguments = {"max_tokens": 2, "beams": 1, "temperature": 0.0} | wrong
        try:
            model.generate(
                model.encode(PROMPT),
                max_tokens=int(arguments["max_tokens"]),
                beams=int(arguments["beams"]),
                temperature=arguments["temperature"],
            )
        except InvalidInput as error:
            refusal = error.message
        else:
            refusal = ""
        assert next(iter(wrong)) in refusal, "the message names the argument"


class ConstraintContract(ModelContract):
    """Generation under a constraint: the hook that substring indexes use."""

    @given(paths=PATHS, ended=st.booleans())
    def test_wide_beams_find_every_allowed_sequence(
        self, model: LanguageModel, paths: set[tuple[int, ...]], ended: bool
    ) -> None:
        assume(paths)
        allowed = self.trie(model, paths, ended=ended)
        found = model.generate(
            model.encode(PROMPT), max_tokens=5, beams=len(allowed.sequences), constraint=allowed
        )
        assert {tuple(one.tokens.tolist()) for one in found} == allowed.sequences
        assert len(found) == len(allowed.sequences)
        assert all(one.finished for one in found)

    @given(paths=PATHS, beams=st.integers(1, 4), cap=st.integers(1, 3))
    def test_every_generation_is_allowed(
        self, model: LanguageModel, paths: set[tuple[int, ...]], beams: int, cap: int
    ) -> None:
        allowed = self.trie(model, paths, ended=False)
        found = model.generate(
            model.encode(PROMPT), max_tokens=cap, beams=beams, constraint=allowed
        )
        assert 1 <= len(found) <= beams
        for one in found:
            tokens = tuple(one.tokens.tolist())
            assert tokens in allowed.sequences or not one.finished or not allowed.sequences
            assert allowed.allows(tokens) or not tokens
            assert len(tokens) <= cap
            assert one.finished or len(tokens) == cap, "unfinished only at the cap"
        assert all(len(call) <= beams for call in allowed.calls), "no more beams than asked for"

    @given(paths=PATHS)
    def test_the_constraint_selects_and_does_not_rescore(
        self, model: LanguageModel, paths: set[tuple[int, ...]]
    ) -> None:
        assume(paths)
        prompt = model.encode(PROMPT)
        for ended in (False, True):
            allowed = self.trie(model, paths, ended=ended)
            found = model.generate(prompt, max_tokens=5, beams=3, constraint=allowed)
            likelihoods = model.log_likelihood([prompt] * len(found), [one.tokens for one in found])
            for one, likelihood in zip(found, likelihoods, strict=True):
                assert one.log_probability == self.near(likelihood)

    @given(paths=PATHS, beams=st.integers(1, 4))
    def test_the_best_comes_first(
        self, model: LanguageModel, paths: set[tuple[int, ...]], beams: int
    ) -> None:
        allowed = self.trie(model, paths, ended=False)
        found = model.generate(model.encode(PROMPT), max_tokens=5, beams=beams, constraint=allowed)
        scores = [one.log_probability for one in found]
        assert scores == sorted(scores, reverse=True)

    def test_greedy_takes_the_likeliest_allowed_token(self, model: LanguageModel) -> None:
        letters = self.alphabet(model)
        prompt = model.encode(PROMPT)
        one_step = trie([(letter,) for letter in letters], model.vocabulary_size)
        (best,) = model.generate(prompt, max_tokens=1, constraint=one_step)
        logits = model.next_logits([prompt], letters)[0]
        assert best.tokens.tolist() == [letters[int(np.argmax(logits))]]

    def test_an_empty_mask_ends_the_beam(self, model: LanguageModel) -> None:
        prompt = model.encode(PROMPT)
        (nothing,) = model.generate(
            prompt, max_tokens=3, constraint=trie([], model.vocabulary_size)
        )
        assert nothing.tokens.tolist() == []
        assert nothing.finished
        assert nothing.log_probability == 0.0
        paths = {(0, 1), (1, 2, 3)}
        allowed = self.trie(model, paths, ended=False)
        found = model.generate(prompt, max_tokens=9, beams=2, constraint=allowed)
        assert sorted(len(one.tokens) for one in found) == [2, 3], "a beam ends, the other goes on"

    def test_the_cap_leaves_a_beam_unfinished(self, model: LanguageModel) -> None:
        allowed = self.trie(model, {(0, 1, 2)}, ended=False)
        (cut,) = model.generate(model.encode(PROMPT), max_tokens=2, constraint=allowed)
        assert len(cut.tokens) == 2
        assert not cut.finished

    def test_end_of_sequence_needs_its_bit(self, model: LanguageModel) -> None:
        allowed = self.trie(model, {(0, 1)}, ended=True)
        (ended,) = model.generate(model.encode(PROMPT), max_tokens=5, constraint=allowed)
        assert tuple(ended.tokens.tolist()) in allowed.sequences, "without end-of-sequence"
        assert ended.finished

    @given(seed=st.integers(0, 2**31))
    def test_samples_obey_the_constraint(self, model: LanguageModel, seed: int) -> None:
        allowed = self.trie(model, {(0, 1), (1, 2, 3), (4,)}, ended=False)
        prompt = model.encode(PROMPT)
        (sample,) = model.generate(
            prompt, max_tokens=5, temperature=2.0, seed=seed, constraint=allowed
        )
        assert tuple(sample.tokens.tolist()) in allowed.sequences
        (likelihood,) = model.log_likelihood([prompt], [sample.tokens])
        assert sample.log_probability == self.near(likelihood), "not divided by the temperature"


class LikelihoodContract(ModelContract):
    """Logits and likelihoods agree with each other."""

    def test_logits_are_those_of_the_chosen_tokens(self, model: LanguageModel) -> None:
        prompts = [model.encode(text) for text in TEXTS]
        letters = self.alphabet(model)
        logits = model.next_logits(prompts, letters)
        assert logits.dtype == np.float32
        assert logits.shape == (len(prompts), len(letters))
        turned = model.next_logits(prompts[::-1], letters[::-1])
        np.testing.assert_allclose(turned[::-1, ::-1], logits, atol=self.tolerance)

    def test_likelihood_is_the_softmax_of_logits(self, model: LanguageModel) -> None:
        prompt, (letter, *_) = model.encode(PROMPT), self.alphabet(model)
        logits = model.next_logits([prompt], range(model.vocabulary_size))[0].astype(np.float64)
        expected = logits[letter] - np.logaddexp.reduce(logits)
        (likelihood,) = model.log_likelihood([prompt], [ids(letter)])
        assert likelihood == self.near(expected)

    @given(choices=st.lists(st.integers(0, 4), min_size=1, max_size=5), cut=st.integers(0, 5))
    def test_likelihoods_add_up(self, model: LanguageModel, choices: list[int], cut: int) -> None:
        letters, prompt = self.alphabet(model), model.encode(PROMPT)
        whole = ids(*(letters[choice] for choice in choices))
        longer = np.concatenate([prompt, whole[:cut]])
        parts = model.log_likelihood([prompt, longer], [whole[:cut], whole[cut:]])
        (total,) = model.log_likelihood([prompt], [whole])
        assert total == self.near(float(parts.sum()))

    def test_likelihoods_do_not_depend_on_the_batch(self, model: LanguageModel) -> None:
        prompts = [model.encode(text) for text in TEXTS]
        letters = self.alphabet(model)
        wanted = [ids(*letters[: 1 + row]) for row in range(len(prompts))]
        together = model.log_likelihood(prompts, wanted)
        assert together.dtype == np.float64
        assert together.shape == (len(prompts),)
        alone = [
            float(model.log_likelihood([prompt], [continuation])[0])
            for prompt, continuation in zip(prompts, wanted, strict=True)
        ]
        np.testing.assert_allclose(together, alone, atol=self.tolerance)

    def test_nothing_is_certain(self, model: LanguageModel) -> None:
        prompt = model.encode(PROMPT)
        assert model.log_likelihood([prompt], [ids()]).tolist() == [0.0]
        assert model.log_likelihood([], []).shape == (0,)


class StateContract(ModelContract):
    """Hidden states and prefix caches."""

    def test_states_belong_to_prompts_and_positions(self, model: LanguageModel) -> None:
        prompts = [model.encode(PROMPT), model.encode(PROMPT)[:3]]
        states = model.hidden_states(prompts, [0, 2])
        assert states.dtype == np.float32
        assert states.shape[:2] == (2, 2)
        assert np.isfinite(states).all()
        for row, prompt in enumerate(prompts):
            alone = model.hidden_states([prompt], [2, 0])
            np.testing.assert_allclose(states[row], alone[0, ::-1], atol=self.tolerance)
        assert not np.allclose(states[0, 0], states[0, 1], atol=self.tolerance)

    def test_a_prefix_stands_for_its_prompt(self, model: LanguageModel) -> None:
        prompt, letters = model.encode(PROMPT), self.alphabet(model)
        prefix = model.prefix(prompt)
        np.testing.assert_array_equal(prefix.tokens, prompt)
        wanted = [ids(*letters[:2]), ids(letters[2])]
        np.testing.assert_allclose(
            model.log_likelihood([prefix, prefix], wanted),
            model.log_likelihood([prompt, prompt], wanted),
            atol=self.tolerance,
        )
        assert self.greedy(model, prefix) == self.greedy(model, prompt)

    def test_a_prefix_is_not_used_up(self, model: LanguageModel) -> None:
        prompt = model.encode(PROMPT)
        prefix = model.prefix(prompt)
        first, again = self.greedy(model, prefix), self.greedy(model, prefix)
        assert first == again
        np.testing.assert_array_equal(prefix.tokens, prompt)

    def greedy(self, model: LanguageModel, prompt: TokenIds | Prefix) -> list[int]:
        """The tokens of the greedy continuation."""
        generations: tuple[Generation, ...] = model.generate(prompt, max_tokens=4)
        return [int(token) for token in generations[0].tokens]


class LanguageModelContract(
    TokenContract, GenerationContract, ConstraintContract, LikelihoodContract, StateContract
):
    """Everything: what an in-process model must do."""
