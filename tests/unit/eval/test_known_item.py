"""The known-item collection: what counts as a question, and the real one of this Python."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import Conflict, InvalidInput
from mnemic.eval.datasets import load
from mnemic.eval.known_item import build
from mnemic.eval.known_item.items import Item, from_source
from mnemic.eval.known_item.questions import choose, first_sentence, key

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.eval.datasets import Dataset

REST = "It goes on with a good dozen of other words so that something is left to find."
SOURCE = '''
"""About this module."""
import os
if os.name == "posix":
    def outer(a, *, b=1):
        """Do something."""
        def inner():
            """Not reachable by name."""
class Base:
    """A base."""
    async def method(self): "Wait for it."
    def __len__(self): "Left out."
    class Nested(Base, metaclass=type):
        "Deeper."
def silent(): pass
raise SystemExit("never run")
'''


def test_source_is_read_without_running_it() -> None:
    assert list(from_source("pack.mod", SOURCE)) == [
        Item("pack.mod", "pack.mod", "About this module.", "pack.mod", "module"),
        Item(
            "pack.mod.outer",
            "pack.mod.outer(a, *, b=1)",
            "Do something.",
            "pack.mod",
            "function",
        ),
        Item("pack.mod.Base", "pack.mod.Base", "A base.", "pack.mod", "class"),
        Item(
            "pack.mod.Base.method",
            "pack.mod.Base.method(self)",
            "Wait for it.",
            "pack.mod",
            "method",
        ),
        Item("pack.mod.Base.Nested", "pack.mod.Base.Nested(Base)", "Deeper.", "pack.mod", "class"),
    ]


def test_a_lone_surrogate_in_a_docstring_is_replaced() -> None:
    (item,) = from_source("m", '"""Odd \\ud800 text."""')
    assert item.text == "Odd ? text."


@pytest.mark.parametrize(
    ("text", "sentence", "rest"),
    [
        ("One two.\n\nThree.", "One two.", "Three."),
        ("One\ntwo. Three four.", "One two.", "Three four."),
        ("No end here\n\nThree.", "No end here", "Three."),
        ("Version 3.11 works. Yes.", "Version 3.11 works.", "Yes."),
        ("open(file, mode) -> file\n\nOpen a file. More.", "Open a file.", "More."),
        ("Only this", "Only this", ""),
        ("", "", ""),
    ],
)
def test_first_sentences(text: str, sentence: str, rest: str) -> None:
    assert first_sentence(text) == (sentence, rest)


def item(name: str, text: str) -> Item:
    return Item(name, name, text, "m", "function")


SAME = (("a", "Return the first value."), ("b", "Return the FIRST value."))


def test_a_sentence_of_several_items_asks_for_all_of_them() -> None:
    items = [
        item(name, f"Return the {word} value. {REST}")
        for name, word in zip("ab", ("THE",) * 2, strict=False)
    ]
    (question,) = choose(items, 10, seed=1)
    assert question.items == ("a", "b")


@pytest.mark.parametrize(
    "texts",
    [
        ["Too few words. " + REST],
        ["Nothing stays behind this sentence at all. Short."],
        ["Many of the items begin like this. " + REST] * 4,
        [
            "Another item quotes this very sentence. " + REST,
            "See: another item quotes this very sentence.",
        ],
        [">>> print(1 + 2 + 3 + 4) " + REST],
    ],
    ids=["short", "alone", "common", "quoted", "doctest"],
)
def test_a_sentence_that_cannot_ask_is_dropped(texts: list[str]) -> None:
    assert choose([item(f"i{n}", text) for n, text in enumerate(texts)], 10, seed=1) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "python-docs"
    build(folder)
    return folder


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return load(folder, data=None, cache=folder)


@pytest.mark.slow
def test_this_python_gives_thousands_of_documents(dataset: Dataset) -> None:
    documents = {document.id: document for document in dataset.documents()}
    assert len(documents) >= 5000
    assert len(dataset.queries) == 500
    assert documents["textwrap.wrap"].title == "textwrap.wrap(text, width=70, **kwargs)"
    assert documents["builtins.len"].metadata["kind"] == "function"
    assert {"module", "class", "function", "method"} == {
        document.metadata["kind"] for document in documents.values()
    }


@pytest.mark.slow
def test_no_question_stands_in_any_document(dataset: Dataset) -> None:
    text = " ".join(key(f"{document.text}") for document in dataset.documents())
    assert [query.text for query in dataset.queries if f" {key(query.text)} " in text] == []


@pytest.mark.slow
def test_building_again_gives_the_same_bytes(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    build(folder)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
def test_building_imports_nothing_with_side_effects(tmp_path: Path) -> None:
    code = (
        "import json, sys; from mnemic.eval.known_item.library import items; items();"
        "print(json.dumps(sorted(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert not {"antigravity", "this", "tkinter", "idlelib", "readline"} & set(json.loads(printed))


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text("mine")
    with pytest.raises(Conflict, match="holds something else"):
        build(tmp_path)
    assert (tmp_path / "corpus.jsonl").read_text() == "mine"


def test_no_questions_are_no_collection(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="queries=0"):
        build(tmp_path / "new", queries=0)
