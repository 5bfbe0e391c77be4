"""What is encoded for a document, under real tokenizers and small windows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.unit.retrieval.encoders.narrow import Narrow, narrow

from mnemic.errors import InvalidInput
from mnemic.retrieval.encoders.inputs import SPECIAL_TOKENS, Input, inputs
from mnemic.types import Document

FIVE = "One fox ran. Two dogs slept. Three cats ate. Four owls flew. Five mice hid."


@pytest.fixture(scope="module", params=["minilm", "wordllama"])
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def cut(text: str, encoder: Narrow, *, title: str = "") -> list[Input]:
    return inputs(Document(id="d", text=text, title=title), encoder)


def test_a_short_document_is_one_input_with_its_title(model: str) -> None:
    encoder = narrow(model, window=64)
    assert cut(f" {FIVE}\n", encoder, title=" Animals ") == [
        Input(1, len(FIVE) + 1, f"Animals {FIVE}")
    ]
    assert cut(FIVE, encoder) == [Input(0, len(FIVE), FIVE)]


def test_a_short_document_costs_one_count(model: str) -> None:
    encoder = narrow(model, window=64)
    cut(FIVE, encoder, title="Animals")
    assert encoder.counted == 1


@pytest.mark.parametrize(("text", "title"), [("", ""), (" \n", "\t"), ("\u2003", "")])
def test_blank_documents_have_nothing_to_encode(model: str, text: str, title: str) -> None:
    assert cut(text, narrow(model, window=16), title=title) == []


def test_a_title_alone_is_encoded(model: str) -> None:
    encoder = narrow(model, window=16)
    assert cut(" ", encoder, title=" Animals ") == [Input(0, 0, "Animals")]
    (long,) = cut("", encoder, title="word " * 100)
    assert long.text == " ".join(["word"] * 14)


def test_passages_are_whole_sentences_under_their_title(model: str) -> None:
    found = cut(FIVE, narrow(model, window=20, passage_overlap=0), title="Animals")
    assert len(found) > 1
    for each in found:
        passage = FIVE[each.start : each.end]
        assert each.text == f"Animals {passage}"
        assert passage.endswith(".")
        assert passage[0].isupper()


def test_neighbours_share_what_the_spec_says(model: str) -> None:
    apart = cut(FIVE, narrow(model, window=16, passage_overlap=0))
    shared = cut(FIVE, narrow(model, window=16, passage_overlap=6))
    assert all(one.end <= other.start for one, other in pairwise(apart))
    assert all(one.end > other.start for one, other in pairwise(shared))


def test_passages_may_be_smaller_than_the_window(model: str) -> None:
    encoder = narrow(model, window=64, passage_tokens=6, passage_overlap=0)
    found = cut(FIVE, encoder, title="Animals of the forest and of the field")
    assert [FIVE[each.start : each.end] for each in found] == [
        "One fox ran.",
        "Two dogs slept.",
        "Three cats ate.",
        "Four owls flew.",
        "Five mice hid.",
    ]


def test_a_long_title_keeps_a_quarter(model: str) -> None:
    encoder = narrow(model, window=34, passage_overlap=0)
    found = cut(FIVE * 3, encoder, title="word " * 1000)
    heads = {each.text.removesuffix((FIVE * 3)[each.start : each.end]) for each in found}
    assert heads == {"word " * 8}


def test_prefixes_take_room(model: str) -> None:
    prefix = "here is a passage of text: "
    encoder = narrow(model, window=24, document_prefix=prefix)
    for each in cut(FIVE, encoder):
        assert encoder.count_tokens(prefix + each.text) <= 24 - SPECIAL_TOKENS
        assert not each.text.startswith("here")
    with pytest.raises(InvalidInput, match="document_prefix fills the window of 8"):
        cut(FIVE, narrow(model, window=8, document_prefix=prefix))


def test_white_space_between_sentences_is_counted() -> None:
    # Each line end is a token for this tokenizer, and none for the sentences beside it.
    encoder = narrow("wordllama", window=16, passage_overlap=0)
    text = "One fox ran.\n\nTwo dogs slept." + "\n" * 30 + "Three cats ate."
    found = cut(text, encoder)
    assert all(encoder.count_tokens(each.text) <= 16 - SPECIAL_TOKENS for each in found)
    assert " ".join(each.text for each in found).split() == text.split()


def test_a_character_that_no_window_holds_is_left_to_the_model() -> None:
    encoder = narrow("wordllama", window=4)
    assert encoder.count_tokens("🦊") > 4 - SPECIAL_TOKENS
    assert cut("🦊", encoder) == [Input(0, 1, "🦊")]
    assert cut("", encoder, title="🦊🦊") == [Input(0, 0, "🦊")]
