"""Long runs of marks are put in order before they are normalised, and mean what they meant."""

from __future__ import annotations

import sys
import unicodedata
from itertools import pairwise, product

import pytest

from mnemic.retrieval.analysis import normal
from mnemic.retrieval.analysis.normal import aligned, normalised, with_marks_in_order

ENOUGH = 2 * normal._LONG_RUN
# Two marks, one that is two, one that is a letter until it is normalised, and an invisible sign.
RUNS = ["\u0301\u0327", "\u0f73", "\u0301\uff9e", "\u0344\u0323", "\u0301\u200d\u0327"]


def moves(character: str) -> bool:
    """Whether all of it can change places with what stands before it."""
    return all(map(unicodedata.combining, unicodedata.normalize("NFKD", character)))


def out_of_order(text: str) -> int:
    """How many characters normalising would move."""
    classes = map(unicodedata.combining, text)
    return sum(before > after > 0 for before, after in pairwise(classes))


@pytest.mark.parametrize("base", ["", "a", "\uac00", "\u304b", "\u0e01", "\u1e9b", "\ufcf2"])
@pytest.mark.parametrize("run", RUNS)
def test_long_runs_are_put_in_order_and_have_the_same_form(base: str, run: str) -> None:
    for length in (1, ENOUGH - 1, ENOUGH, ENOUGH + 1):
        text = f"word {base}{(run * length)[:length]}{base} \u0301\u0327"
        assert unicodedata.normalize("NFKC", with_marks_in_order(text)) == unicodedata.normalize(
            "NFKC", text
        )
        assert normalised(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("run", [run for run in RUNS if "\u200d" not in run])
def test_nothing_is_left_to_move_in_a_long_run(run: str) -> None:
    for before, length in product(range(normal._LONG_RUN), (ENOUGH, ENOUGH + 7)):
        found = with_marks_in_order("x" * before + "a" + (run * length)[:length])
        assert out_of_order(found) == 0


def test_every_character_that_can_move_is_in_a_run_and_no_other() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    runs = normal._long_runs()
    found = [each for each in every if runs.match(each * normal._LONG_RUN)]
    assert found == [each for each in every if moves(each)]


def test_short_runs_and_usual_texts_stay_as_they_are() -> None:
    for text in ("caf\u00e9 " * 500, "a\u0301\u0327" * 500, "\u0301\u0327" * 100, "a" * 5_000):
        assert with_marks_in_order(text) is text


def test_spans_lead_into_the_original_text() -> None:
    text = "one a" + "\u0301\u0327" * ENOUGH + " two"
    image, alignment = aligned(text)
    at = image.index("two")
    start, end = alignment.span(at, at + 3)
    assert text[start:end] == "two"
