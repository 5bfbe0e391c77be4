"""The in-process model keeps the whole contract: a tiny random llama, and the pulled SmolLM2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.language_model_contract import PATHS, LanguageModelContract
from tests.contracts.small_llama import small_llama
from tests.counts import scaled
from tests.models import pulled

from mnemic.llm.causal import TransformersModel

if TYPE_CHECKING:
    from mnemic.llm.protocols import LanguageModel

FEW = settings(max_examples=scaled(3, 25))
Paths: TypeAlias = "set[tuple[int, ...]]"


def inner(check: Any) -> Any:
    """The body of an inherited property, to be given other examples."""
    return check.hypothesis.inner_test


class TestSmallLlama(LanguageModelContract):
    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> LanguageModel:
        return TransformersModel.open(small_llama(), dtype="float32", device="cpu")


class TestSmolLm2(LanguageModelContract):
    """The real model takes a twentieth of a second a token, so properties get few examples."""

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> LanguageModel:
        return TransformersModel.open(
            "smollm2", dtype="float32", device="cpu", settings=pulled(["smollm2"])
        )

    @FEW
    @given(paths=PATHS, ended=st.booleans())
    def test_wide_beams_find_every_allowed_sequence(
        self, model: LanguageModel, paths: Paths, ended: bool
    ) -> None:
        inner(super().test_wide_beams_find_every_allowed_sequence)(self, model, paths, ended)

    @FEW
    @given(paths=PATHS, beams=st.integers(1, 4), cap=st.integers(1, 3))
    def test_every_generation_is_allowed(
        self, model: LanguageModel, paths: Paths, beams: int, cap: int
    ) -> None:
        inner(super().test_every_generation_is_allowed)(self, model, paths, beams, cap)

    @FEW
    @given(paths=PATHS)
    def test_the_constraint_selects_and_does_not_rescore(
        self, model: LanguageModel, paths: Paths
    ) -> None:
        inner(super().test_the_constraint_selects_and_does_not_rescore)(self, model, paths)

    @FEW
    @given(paths=PATHS, beams=st.integers(1, 4))
    def test_the_best_comes_first(self, model: LanguageModel, paths: Paths, beams: int) -> None:
        inner(super().test_the_best_comes_first)(self, model, paths, beams)

    @FEW
    @given(seed=st.integers(0, 2**31))
    def test_samples_obey_the_constraint(self, model: LanguageModel, seed: int) -> None:
        inner(super().test_samples_obey_the_constraint)(self, model, seed)

    @FEW
    @given(choices=st.lists(st.integers(0, 4), min_size=1, max_size=5), cut=st.integers(0, 5))
    def test_likelihoods_add_up(self, model: LanguageModel, choices: list[int], cut: int) -> None:
        inner(super().test_likelihoods_add_up)(self, model, choices, cut)
