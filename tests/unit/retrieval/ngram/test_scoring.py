from __future__ import annotations

import numpy as np
import pytest

from mnemic.retrieval.ngram.scoring import (
    background,
    discount,
    evidence,
    log_odds,
    model_evidence,
    own_probability,
    repeated,
    without_length,
)


def test_the_background_is_a_smoothed_share() -> None:
    assert background([0, 3], 10, smoothing=0.5).tolist() == [0.5 / 11, 3.5 / 11]
    assert (background([10**6], 1, smoothing=0.5) < 1).all()


def test_a_questions_own_ngrams_are_never_certain() -> None:
    assert own_probability([1, 1, 2], [1, 4, 4]).tolist() == [0.75, 0.3, 0.5]


def test_log_odds_are_of_both_probabilities() -> None:
    question, corpus = 0.3, 0.01
    expected = np.log(question / (1 - question)) - np.log(corpus / (1 - corpus))
    assert log_odds([np.log(question)], [corpus])[0] == pytest.approx(expected)
    assert log_odds([np.log(0.2)], [0.2])[0] == pytest.approx(0)
    assert np.isfinite(log_odds([0.0, -1e4], [0.5, 1e-9])).all()


def test_what_speaks_against_counts_nothing() -> None:
    assert evidence([-3.0, 0.0, 2.0], exponent=2.0).tolist() == [0, 0, 4]


def test_the_models_word_alone_is_above_its_least() -> None:
    assert model_evidence([-5.0, -3.0], exponent=2.0) == pytest.approx([0.01, 2.1**2])
    assert len(model_evidence([], exponent=2.0)) == 0


def test_length_is_forgiven() -> None:
    assert without_length([-4.0, -4.0], [1, 3], penalty=0.5).tolist() == [-4, -1]
    assert without_length([-4.0], [9], penalty=0.0).tolist() == [-4]


@pytest.mark.parametrize(("fresh", "kept"), [(2, 1.0), (1, 0.6), (0, 0.2)])
def test_words_that_were_had_are_discounted(fresh: int, kept: float) -> None:
    assert float(discount(fresh, 2, repetition=0.8)) == pytest.approx(kept)


def test_repetition_counts_less_and_less_and_in_long_texts_less() -> None:
    counts = np.array([[0, 1, 2, 50]])
    usual = repeated(counts, [10], mean=10, saturation=1.2, length=0.75)[0]
    assert usual[0] == 0
    assert usual[1] == pytest.approx(1)
    assert 0 < usual[3] - usual[2] < 2.2 - usual[2] < usual[2]
    longer = repeated(counts, [40], mean=10, saturation=1.2, length=0.75)[0]
    assert (longer[1:] < usual[1:]).all()
    assert repeated(counts, [40], mean=10, saturation=1.2, length=0.0)[0] == pytest.approx(usual)
