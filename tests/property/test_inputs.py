"""What is encoded for arbitrary documents: nothing lost, true spans, never over the window.

The tokenizers are real: WordPiece, which drops white space and accents, and a byte-level one, to
which every line end is a token. Parts of a text can have more tokens together than one by one.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled
from tests.unit.retrieval.encoders.narrow import narrow

from mnemic.retrieval.encoders.inputs import SPECIAL_TOKENS, inputs
from mnemic.types import Document

# The longest characters have four tokens, and a blank before them another.
WINDOWS = st.integers(24, 60)
PIECES = st.sampled_from(
    [
        "A fox ran.",
        "Why?",
        "日本。次",
        "\n\n",
        "\n" * 20,
        "x" * 70,
        "3.14",
        "- a",
        "e\u0301",
        "🦊",
        "\x00",
    ]
)
TEXTS = st.text(max_size=60) | st.lists(PIECES, max_size=30).map(" ".join)
TITLES = st.just("") | st.text(max_size=30) | st.just("a long title " * 20)


@settings(max_examples=scaled(60, 3000))
@given(
    model=st.sampled_from(["minilm", "wordllama"]),
    window=WINDOWS,
    text=TEXTS | st.lists(PIECES, min_size=20, max_size=60).map("".join),
    title=TITLES,
    passage_tokens=st.none() | st.integers(1, 40),
    overlap=st.integers(0, 30),
    prefix=st.sampled_from(["", "passage: "]),
)
def test_inputs_cover_the_text_and_fit_the_window(
    model: str,
    window: int,
    text: str,
    title: str,
    passage_tokens: int | None,
    overlap: int,
    prefix: str,
) -> None:
    encoder = narrow(
        model,
        window=window,
        passage_tokens=passage_tokens,
        passage_overlap=overlap,
        document_prefix=prefix,
    )
    found = inputs(Document(id="d", text=text, title=title), encoder)
    assert bool(found) == bool(text.strip() or title.strip())
    covered = {at for each in found for at in range(each.start, each.end)}
    assert {at for at, character in enumerate(text) if not character.isspace()} <= covered
    assert [(each.start, each.end) for each in found] == sorted(
        {(each.start, each.end) for each in found}
    )
    for each in found:
        assert each.text.strip()
        assert each.text.endswith(text[each.start : each.end] if covered else "")
        assert encoder.count_tokens(prefix + each.text) <= window - SPECIAL_TOKENS
